/**
 * The running networks, one for each model. Requests go to the worker one at a time: a drag never waits behind a batch,
 * and of the codes that it passes only the latest is decoded.
 */

import { effect, signal } from "@preact/signals";

import { start, type Network, type Posterior } from "../inference/client";
import { fromDocument, numbers, type OpenedModel } from "../opened";
import { code, decoded, model, opened } from "../state";
import { nearest } from "./neighbours";

/** Images per second of the current or the last drag; 0 before the first. */
export const decodeRate = signal(0);
/** The point whose small image stands in for the decoded one until that comes; null where the network keeps pace. */
export const coarse = signal<number | null>(null);
/** Why nothing is decoded; empty while all is well. */
export const failure = signal("");

/** A network that takes longer, in ms, is helped by coarse images. */
const SLOW = 50;
/** An answer older than this, in ms, no longer belongs to a drag. */
const PAUSE = 250;
/** A batch holds the worker for about so many ms. */
const BATCH = 40;
/** What keeps the worker for less, in ms, is not felt. */
const FRAME = 16;
/** A code that has not changed for so many ms rests. */
const REST = 80;

const networks = new Map<OpenedModel, Promise<Network>>();

function network(of: OpenedModel): Promise<Network> {
  let running = networks.get(of);
  if (!running) {
    running = numbers(of.network.weights, fromDocument).then((weights) => start(of.network, weights as Float32Array));
    networks.set(of, running);
  }
  return running;
}

// Requests.

const waiting: (() => Promise<void>)[] = [];
let isOutdated = false; // the code has moved since `decoded` was asked for
let isBusy = false;

async function work(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  while (isOutdated || waiting.length > 0) await (isOutdated ? decodeHere() : waiting.shift()!());
  isBusy = false;
}

/** Does `request` once the worker is free. */
function queued<T>(request: (network: Network) => Promise<T>, abort?: AbortSignal): Promise<T> {
  const of = model.peek();
  return new Promise((resolve, reject) => {
    waiting.push(async () => {
      try {
        abort?.throwIfAborted();
        resolve(await request(await network(of)));
      } catch (error) {
        reject(error);
      }
    });
    void work();
  });
}

// The code where we are.

let perImage = 0; // ms that one image takes, smoothed
let moved = -Infinity; // when the code last changed
let answers: number[] = []; // when those of this drag came

async function decodeHere(): Promise<void> {
  isOutdated = false;
  const of = model.peek();
  try {
    const running = await network(of);
    const began = performance.now();
    const image = await running.decode(code.peek());
    const now = performance.now();
    measure(now - began, 1);
    if (now - (answers.at(-1) ?? 0) > PAUSE + perImage) answers = [];
    answers = [...answers.slice(-30), now];
    if (answers.length > 3) decodeRate.value = (1000 * (answers.length - 1)) / (now - answers[0]);
    if (of !== model.peek()) return;
    failure.value = "";
    coarse.value = null;
    decoded.value = image;
  } catch (error) {
    failure.value = `The network cannot run here: ${error instanceof Error ? error.message : String(error)}`;
    decoded.value = null;
  }
}

function measure(time: number, images: number): void {
  perImage = perImage === 0 ? time / images : 0.8 * perImage + (0.2 * time) / images;
}

effect(() => {
  if (!opened.value) return;
  void model.value;
  // What the model before made.
  decoded.value = coarse.value = null;
  perImage = 0;
  answers = [];
});

effect(() => {
  if (!opened.value) return;
  const { codes, dims } = model.value;
  if (code.value.length !== dims.length) return;
  const isLate = performance.now() - (answers.at(-1) ?? 0) > SLOW + perImage;
  if (perImage > SLOW && isLate) coarse.value = nearest(codes, code.value, 1)[0]?.point ?? null;
  isOutdated = true;
  moved = performance.now();
  void work();
});

// For others.

/** Waits while the code moves, if so many images more would hold it up. */
export async function rested(images: number): Promise<void> {
  while (images * perImage > FRAME && performance.now() - moved < REST) await new Promise((done) => setTimeout(done, REST / 2));
}

/** Decodes codes [n, dims] to pixels [n, …input], in batches between which a drag gets its turn. */
export async function decodeMany(codes: Float32Array, abort?: AbortSignal): Promise<Float32Array> {
  const { dims, input } = model.peek();
  const values = input.shape.reduce((product, side) => product * side, 1);
  const count = codes.length / dims.length;
  const images = new Float32Array(count * values);
  for (let from = 0; from < count; ) {
    const size = Math.max(1, Math.min(count - from, Math.round(BATCH / (perImage || BATCH))));
    const batch = codes.subarray(from * dims.length, (from + size) * dims.length);
    const began = performance.now();
    images.set(await queued((running) => running.decode(batch), abort), from * values);
    measure(performance.now() - began, size);
    from += size;
  }
  return images;
}

/** The posterior of one image. */
export function encode(image: Float32Array, abort?: AbortSignal): Promise<Posterior> {
  return queued((running) => running.encode(image), abort);
}

/** Reconstruction losses of images [n, …input]. */
export function lossesOf(images: Float32Array, abort?: AbortSignal): Promise<Float32Array> {
  return queued((running) => running.losses(images), abort);
}
