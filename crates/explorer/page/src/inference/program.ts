/**
 * A network's layers, every shape and number filled in: what `crates/explorer/src/program/` writes. Tensors are places in
 * one list of floats; layouts are Keras' (images height × width × channels).
 */

/** [n] or [height, width, channels] */
export type Shape = number[];
/** Rows and columns. */
export type Pair = [number, number];

export interface Tensor {
  offset: number;
  shape: number[];
}

/** x · kernel + bias */
export interface Affine {
  kernel: Tensor;
  bias: Tensor;
}

export type ActivationName =
  | "linear"
  | "relu"
  | "leaky_relu"
  | "elu"
  | "silu"
  | "gelu"
  | "tanh"
  | "sigmoid"
  | "softplus";

export interface Activation {
  name: ActivationName;
  /** Slope of `leaky_relu`, α of `elu`. */
  parameter: number;
}

interface Activated {
  activation: Activation;
}

/** A window that sweeps over an image; `padding` is what it covers above and left of the first pixel. */
interface Window {
  stride: Pair;
  padding: Pair;
}

interface Normalisation extends Activated {
  epsilon: number;
  gamma: Tensor;
  beta: Tensor;
}

/** What each layer has besides its kind and its shapes. */
export interface Fields {
  dense: Affine & Activated;
  /** Beyond the border lie zeros, or the image's reflection. */
  conv2d: Affine & Activated & Window & { reflects: boolean };
  /** The window's numbers are those of the convolution from its output to its input. */
  conv2d_transpose: Affine & Activated & Window;
  max_pool2d: Window & { size: Pair };
  average_pool2d: Window & { size: Pair };
  global_average_pool2d: object;
  upsample2d: { size: Pair; interpolation: "nearest" | "bilinear" };
  flatten: object;
  reshape: object;
  activation: Activated;
  group_norm: Normalisation & { groups: number };
  layer_norm: Normalisation;
  /** By running averages. */
  batch_norm: Normalisation & { mean: Tensor; variance: Tensor };
  dropout: object;
  gated_dense: Activated & { value: Affine; gate: Affine };
  self_attention: { heads: number; keySize: number; query: Affine; key: Affine; value: Affine; result: Affine };
  /** A `null` shortcut is the input as it is. */
  residual: Activated & { layers: Operation[]; shortcut: Operation | null };
  branches: { merge: "add" | "concat"; branches: Operation[][] };
}

/** A layer's name in recipes. */
export type Kind = keyof Fields;

/** A layer of one kind, between two shapes. */
export type OperationOf<K extends Kind> = { kind: K; input: Shape; output: Shape } & Fields[K];

/** A layer. */
export type Operation = { [K in Kind]: OperationOf<K> }[Kind];

/** The number of values. */
export function volume(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Height, width and channels; a vector is one pixel. */
export function pixels(shape: Shape): [number, number, number] {
  return shape.length === 1 ? [1, 1, shape[0]] : [shape[0], shape[1], shape[2]];
}
