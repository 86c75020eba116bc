/**
 * The decoded manifold behind the points: a grid of places in sight, each decoded, in coarse and then in fine. While one pans
 * it moves along; it is computed again when the map rests.
 */

import { computed, effect, signal } from "@preact/signals";

import { decodeMany } from "../common/decoder";
import { bytesOf, imageShape, isTable } from "../common/image";
import { paper } from "../shell/theme";
import { camera, code, layer, mapSize, model, planeAxes, showsManifold } from "../state";
import { inSight, type Rectangle, toScreen } from "./camera";
import { codesAt } from "./projection";

/** Pixels of the page between images. */
const PITCHES = [104, 52];
/** Milliseconds the map must rest. */
const REST = 250;

/** Whether the map has one: a table decodes to rows, and t-SNE has no inverse. */
export const hasManifold = () => !isTable() && layer.value.kind !== "tsne";

/** The plane goes through the code: its other dimensions change what lies on it. */
const others = computed(() =>
  layer.value.kind === "plane" ? code.value.filter((_, k) => !planeAxes.value.includes(k)).join() : "",
);

export function behind(canvas: HTMLCanvasElement): () => void {
  let waiting = 0;
  let abort = new AbortController();
  let covered: Rectangle | null = null;
  const isDark = signal<boolean | null>(null);

  const clear = () => {
    covered = null;
    canvas.style.visibility = "hidden";
  };
  const restart = (rest: number) => {
    clearTimeout(waiting);
    abort.abort();
    if (!showsManifold.peek() || !hasManifold()) return clear();
    abort = new AbortController();
    const until = abort.signal;
    waiting = setTimeout(() => void draw(until), rest);
  };

  async function draw(until: AbortSignal): Promise<void> {
    const seen = inSight();
    const [h, w] = imageShape();
    for (const pitch of PITCHES) {
      const [left, bottom, right, top] = seen;
      const unit = ((right - left) / mapSize.peek().width) * pitch;
      const [across, up] = [(unit * w) / Math.max(w, h), (unit * h) / Math.max(w, h)];
      const [columns, rows] = [Math.ceil((right - left) / across), Math.ceil((top - bottom) / up)];
      // Whole steps of the grid, so that images stay where they are when one pans a little.
      const [x0, y0] = [Math.floor(left / across) * across, Math.floor(bottom / up) * up];
      const area: Rectangle = [x0, y0, x0 + (columns + 1) * across, y0 + (rows + 1) * up];
      const places: [number, number][] = [];
      for (let row = rows; row >= 0; row--) {
        for (let column = 0; column <= columns; column++) places.push([x0 + (column + 0.5) * across, y0 + (row + 0.5) * up]);
      }
      let images: Float32Array;
      try {
        images = await decodeMany(codesAt(places, model.peek()), until);
      } catch {
        return; // the map has moved on, or the network cannot run, which the panel says
      }
      if (until.aborted) return;
      put(images, columns + 1, rows + 1, area);
    }
  }

  function put(images: Float32Array, columns: number, rows: number, area: Rectangle): void {
    const [height, width, channels] = imageShape();
    canvas.width = columns * width;
    canvas.height = rows * height;
    const context = canvas.getContext("2d")!;
    const values = width * height * channels;
    for (let i = 0; i < columns * rows; i++) {
      const image = bytesOf(images.subarray(i * values, (i + 1) * values), [height, width, channels]);
      context.putImageData(image, (i % columns) * width, Math.floor(i / columns) * height);
    }
    covered = area;
    isDark.value = channels === 1 ? mean(images) < 0.5 : null;
    place();
  }

  /** Over the part of the map that it was made for. */
  function place(): void {
    if (!covered) return;
    const [left, top] = toScreen(covered[0], covered[3]);
    const [right, bottom] = toScreen(covered[2], covered[1]);
    canvas.style.visibility = "visible";
    const scale = `scale(${(right - left) / canvas.width}, ${(bottom - top) / canvas.height})`;
    canvas.style.transform = `translate(${left}px, ${top}px) ${scale}`;
  }

  const ends = [
    // Grey images are the paper's: as ink on light, as light on dark.
    effect(() => void canvas.classList.toggle("inverted", isDark.value !== null && isDark.value === (paper.value === "light"))),
    effect(() => {
      void [camera.value, mapSize.value];
      place();
      restart(REST);
    }),
    effect(() => {
      void [layer.value, model.value, planeAxes.value, showsManifold.value];
      clear();
      restart(REST);
    }),
    effect(() => {
      void others.value;
      restart(REST);
    }),
  ];
  return () => {
    ends.forEach((end) => end());
    clearTimeout(waiting);
    abort.abort();
  };
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
