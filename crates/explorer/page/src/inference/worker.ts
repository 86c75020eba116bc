/** The worker's side: networks that compute, in slices between which it hears of new questions. */

import { Job, Jobs } from "./jobs";
import { PLAIN } from "./kernels/plain";
import { vectors } from "./kernels/vector";
import type { Answer, Question } from "./messages";
import { RunningNetwork } from "./network";

/** Milliseconds of a slice. */
const SLICE = 8;

/** What is used of a worker's global scope, which the types of pages do not have. */
interface Scope {
  onmessage: (event: MessageEvent<Question>) => void;
  postMessage(answer: Answer, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const machines = vectors() ?? PLAIN;
const networks = new Map<number, RunningNetwork | Error>();
const jobs = new Jobs();
/** Wakes the worker behind the messages that have come meanwhile; timers would wait for milliseconds. */
const bell = new MessageChannel();
let isRung = false;

function ring(): void {
  if (isRung) return;
  isRung = true;
  bell.port2.postMessage(null);
}

function reply(answer: Answer): void {
  const arrays = "values" in answer ? [answer.values, answer.logVar] : [];
  scope.postMessage(answer, arrays.flatMap((array) => array?.buffer ?? []));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "start":
      try {
        networks.set(data.network, new RunningNetwork(data.program, data.weights, machines));
      } catch (error) {
        networks.set(data.network, asError(error)); // every question will hear of it
      }
      return;
    case "kernels":
      reply({ id: data.id, kernels: machines.name });
      return;
    case "ask":
      try {
        const network = networks.get(data.network);
        if (!(network instanceof RunningNetwork)) throw network;
        jobs.add(new Job(data.id, network, data.task, data.values));
        ring();
      } catch (error) {
        reply({ id: data.id, error: asError(error).message });
      }
  }
};

/** One image further. */
function work(job: Job): void {
  try {
    const answer = job.step();
    if (answer === null) return;
    reply(answer);
  } catch (error) {
    reply({ id: job.id, error: asError(error).message });
  }
  jobs.remove(job);
}

bell.port1.onmessage = () => {
  isRung = false;
  const end = performance.now() + SLICE;
  let job = jobs.next();
  while (job !== undefined && performance.now() < end) {
    work(job);
    job = jobs.next();
  }
  if (job !== undefined) ring();
};
