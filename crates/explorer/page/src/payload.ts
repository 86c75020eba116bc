/**
 * What an explorer holds, as `crates/explorer/src/payload.rs` writes it. Both sides say the same; keep them together.
 *
 * Large numbers lie in blobs: elements `<script type="application/octet-stream" id="blob-N">` with base64 of raw deflate.
 */

import type { Operation } from "./inference/program";

/** A blob of numbers: values in row-major order, little-endian. `f16` are IEEE half floats. */
export interface ArrayRef {
  blob: number;
  type: "f16" | "f24" | "f32" | "u8" | "u16" | "u32";
  shape: number[];
}

/** A PNG or JPEG file in a blob (stored as it is, not deflated). */
export interface FileRef {
  blob: number;
  media: "image/png" | "image/jpeg";
}

/** Everything of the page. */
export interface Payload {
  version: 1;
  /** Name of the run or the study. */
  title: string;
  /** One sentence: which images, which model. */
  what: string;
  /** "Made by latentlab 0.1.0". */
  made: string;
  /** What the file is made of: name and bytes of it in the file. */
  contents: { name: string; bytes: number }[];
  /** Sentences on what was left out, for size or since it is not known. */
  leftOut: string[];
  points: Points;
  images: Images | null;
  /** The same for all models: what the owner gave with `--columns`. */
  columns: Column[];
  models: Model[];
}

/** The images (or rows) whose codes are on the map; all models see the same. */
export interface Points {
  count: number;
  /** "test images of mnist". */
  what: string;
  /** Position of each in the whole set. */
  index: ArrayRef;
  /** File name of each, where there are files: a blob of UTF-8 JSON, an array of strings. */
  files: { blob: number } | null;
  /** Class of each, as a number into `classes`; `null` where none is known. */
  labels: ArrayRef | null;
  classes: string[];
  /** Which of `classes` is "unknown", or null. */
  unknownClass: number | null;
}

/** Small images of the points on sheets, row after row. */
export interface Images {
  /** Each holds `perSheet` images but the last. */
  sheets: FileRef[];
  perSheet: number;
  columns: number;
  /** Of one small image, in pixels. */
  width: number;
  height: number;
  channels: 1 | 3;
  /** Points that have one: those from 0 on. */
  count: number;
  /** Whether the small image is, within a rounding to 8 bits, what the network sees. */
  exact: boolean;
}

/** A column by which points can be coloured. */
export type Column =
  | { kind: "number"; name: string; unit: string; about: string; values: ArrayRef }
  /** `values` are numbers into `names`. */
  | { kind: "category"; name: string; about: string; values: ArrayRef; names: string[] };

export interface Model {
  name: string;
  /** One sentence: encoder, code, decoder, parameters. */
  about: string;
  network: NetworkProgram;
  /** [count, dims], means of the posteriors (or the codes). */
  codes: Codes;
  codeShape: number[];
  isVariational: boolean;
  /** Per dimension of the code, in the code's order. */
  dims: Dimension[];
  layers: MapLayer[];
  /** Of this model: losses, clusters. The one named `score` is the anomaly score of the test images. */
  columns: Column[];
  /** Name of the column in `columns` that an own image's reconstruction loss is compared with; null without one. */
  score: string | null;
  /** Where codes are drawn from. */
  samplers: Sampler[];
  input: InputRules;
}

/** Codes as they are, or, where all numbers would take too much room, as principal components: mean + scores · components. */
export type Codes = ArrayRef | CodeComponents;

export interface CodeComponents {
  /** [dims] */
  mean: ArrayRef;
  /** [count, components] */
  scores: ArrayRef;
  /** [components, dims] */
  components: ArrayRef;
}

/** A dimension of the code. */
export interface Dimension {
  /** Mean KL divergence in nats where the model is variational, else the variance: what dimensions are sorted by. */
  information: number;
  /** Of the aggregate posterior over the points. */
  mean: number;
  deviation: number;
  /** 1st and 99th percentile of the aggregate posterior, for the ends of sliders; `low` is below `high`. */
  low: number;
  high: number;
  /** Shares of the aggregate posterior in equal bins from `low` to `high`. */
  histogram: number[];
}

/** A map. */
export interface MapLayer {
  /** "plane" (two dimensions of the code; positions are not stored), "pca", "tsne". */
  kind: "plane" | "pca" | "tsne";
  title: string;
  axes: [string, string];
  /** One sentence on how faithful it is. */
  note: string;
  /** [count, 2]; null for the plane. */
  positions: ArrayRef | null;
  /** For "pca": code = mean + x · components[0] + y · components[1] on the map. */
  inverse: { mean: ArrayRef; components: ArrayRef } | null;
}

/** A Gaussian mixture over codes; the prior has one component, mean 0 and the identity. */
export interface Sampler {
  name: "prior" | "gaussian" | "gmm";
  about: string;
  /** [components] */
  weights: ArrayRef;
  /** [components, dims] */
  means: ArrayRef;
  /** Lower Cholesky factors of the covariances, [components, dims, dims]; null for identities. */
  factors: ArrayRef | null;
}

/** How an image of the user's own becomes what the network sees. */
export interface InputRules {
  /** [height, width, channels], or [n] of a table's row. */
  shape: number[];
  /** Border of zeros already counted in `shape`. */
  pad: number;
  fit: "resize" | "crop" | "pad";
  /** The values of a file that become 0 and 1, as shares of the largest that it can hold: usually [0, 1]. */
  range: [number, number];
  /** Black and white are swapped, after that. */
  invert: boolean;
  /** 0 or 1: what lies behind transparent pixels. */
  background: number;
  /** Pixels become 0 or 1 at ½ (also where training drew them). */
  binarise: boolean;
  /** Whether drawings are centred and scaled as MNIST's were. */
  isDigits: boolean;
  /** Of a table: the columns' names, and what brings values back to the owner's units. */
  table: { names: string[]; mean: number[]; deviation: number[] } | null;
}

/** A network, every shape and number filled in. */
export interface NetworkProgram {
  /** [n] or [height, width, channels]. */
  input: number[];
  encoder: Operation[];
  latent: { kind: "deterministic" } | { kind: "gaussian"; mean: Operation[]; logVar: Operation[] };
  decoder: Operation[];
  /** What makes pixels of the decoder's values: `sigmoid` where the objective takes logits. */
  output: "sigmoid" | "identity";
  /** The reconstruction term of one image, summed over its values; `sigma` is the Gaussian's, as it was learned. */
  loss: {
    kind: "bce" | "squared_error" | "gaussian" | "l1" | "charbonnier";
    sigma: number;
    epsilon: number;
    unit: "nats" | "squared error" | "absolute error" | "Charbonnier loss";
  };
  /** All tensors one after the other, `f16` or `f32`; operations name offsets into it. */
  weights: ArrayRef;
}
