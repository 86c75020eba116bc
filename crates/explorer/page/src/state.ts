/**
 * The state of the page, as signals. Parts of the page talk to each other through it alone: whoever wants another code,
 * point or selection sets it here, and whoever shows it reads it here.
 */

import { computed, signal } from "@preact/signals";

import type { Opened } from "./opened";
import type { Sampler } from "./payload";

/** What was opened; set once, before anything is drawn. */
export const opened = signal<Opened | null>(null);

/** Which model, by its place in the payload. */
export const modelIndex = signal(0);
/** Which map, by its kind. */
export const layerKind = signal<"plane" | "pca" | "tsne">("pca");
/** The dimensions of the code on the axes of the plane. */
export const planeAxes = signal<[number, number]>([0, 1]);
/** Name of the column that colours points; "class" and "z1", "z2", … are built in. */
export const colourName = signal("class");

/** Where we are: the code whose decoded image is shown. [dims] */
export const code = signal<Float32Array>(new Float32Array());
/** Where it came from, for people: "test image 17", "the prior", "drawn". */
export const codeOrigin = signal("");
/** What the code decodes to, in pixels of [0, 1] (or a table's values), once the worker has answered. */
export const decoded = signal<Float32Array | null>(null);

/** The point under the pointer. */
export const hovered = signal<number | null>(null);
/** The point that was clicked or found. */
export const focused = signal<number | null>(null);
/** The points within the lasso, ascending; null without a selection. */
export const selection = signal<Uint32Array | null>(null);
/** Categories of the current colouring that the legend has switched off. */
export const hiddenCategories = signal<ReadonlySet<number>>(new Set());

/** An image of the user's own, as the network sees it and as it found it. */
export interface Own {
  name: string;
  /** What the network saw. */
  image: Float32Array;
  /** [dims] */
  mean: Float32Array;
  /** [dims]; null of plain autoencoders. */
  logVar: Float32Array | null;
  reconstruction: Float32Array;
  /** Reconstruction loss, in the model's unit. */
  loss: number;
}
export const own = signal<Own | null>(null);

/** Ends of a journey. */
export interface Place {
  name: string;
  code: Float32Array;
}
export const journeyFrom = signal<Place | null>(null);
export const journeyTo = signal<Place | null>(null);
/** Whether the way between them turns around the origin. */
export const journeyIsSpherical = signal(false);

/** How codes are drawn; the model's usual sampler where none is named. */
export const generation = signal<{ sampler: Sampler["name"] | null; temperature: number; seed: number }>({
  sampler: null, temperature: 1, seed: 0,
});
/** Codes that were generated and kept, with the model that they belong to. */
export const kept = signal<(Place & { model: number })[]>([]);

/** What a drag on the map does. */
export type Mode = "walk" | "pan" | "lasso" | "rectangle";
export const mode = signal<Mode>("walk");
/** The middle of the map in the layer's units, y upwards, and how many pixels of the page a unit takes. */
export interface Camera {
  x: number;
  y: number;
  scale: number;
}
export const camera = signal<Camera>({ x: 0, y: 0, scale: 1 });
/** Size of the map in pixels of the page. */
export const mapSize = signal({ width: 1, height: 1 });
/** Whether images stand for points where there is room. */
export const showsImages = signal(true);
/** Whether decoded images lie behind the points. */
export const showsManifold = signal(false);
/** Milliseconds of the map's last frames: between neighbours while it moves, and what drawing took of this thread. */
export const frames = { between: [] as number[], drawing: [] as number[] };

/** Which panel is open. */
export type Tab = "look" | "selection" | "journey" | "draw" | "generate";
export const tab = signal<Tab>("look");

/** "light", "dark", or what the system says. */
export const theme = signal<"system" | "light" | "dark">("system");
/** A sentence for screen readers, and for the line at the foot of the map. */
export const announcement = signal("");

/** The model that is shown. */
export const model = computed(() => opened.value!.models[modelIndex.value]);

/** The map that is shown. */
export const layer = computed(() => {
  const { layers } = model.value;
  return layers.find(({ kind }) => kind === layerKind.value) ?? layers[0];
});

/** Where the points lie on the map: [count, 2]. */
export const positions = computed(() => {
  const { codes, dims } = model.value;
  const stored = layer.value.positions;
  if (stored) return stored;
  const [x, y] = planeAxes.value.map((axis) => Math.min(axis, dims.length - 1));
  const places = new Float32Array((codes.length / dims.length) * 2);
  for (let i = 0, from = 0; i < places.length; i += 2, from += dims.length) {
    places[i] = codes[from + x];
    places[i + 1] = codes[from + y];
  }
  return places;
});

/** Moves to a code. */
export function goTo(place: Float32Array, origin: string): void {
  code.value = place;
  codeOrigin.value = origin;
}
