/** What steps run on: one memory, and the one product that dense layers, convolutions and attention are made of. */

/**
 * Each output pixel reads `taps` runs of `run` neighbouring floats of the input, `tapStep` apart: the rows of a
 * convolution's window, or the whole vector of a dense layer. All places are in floats.
 */
export interface Product {
  input: number;
  /** Packed: [blocks of channels, taps × run, BLOCK]. */
  weights: number;
  /** [blocks of channels, BLOCK] */
  bias: number;
  output: number;
  /** Output pixels. */
  rows: number;
  columns: number;
  /** From one pixel to the next, in the input. */
  inputRowStep: number;
  inputColumnStep: number;
  taps: number;
  tapStep: number;
  run: number;
  /** From one pixel to the next, in the output. */
  outputRowStep: number;
  outputColumnStep: number;
  /** Of an output pixel. */
  channels: number;
}

/** Channels that are computed together. */
export const BLOCK = 8;

/**
 * Tiles of 4 × 4 pixels of an image, for convolutions of 3 × 3 by Winograd's F(2 × 2, 3 × 3): `rows` × `columns` of them,
 * as 16 planes of [rows, columns, channels] that are `plane` floats apart.
 */
export interface Tiles {
  image: number;
  planes: number;
  plane: number;
  rows: number;
  columns: number;
  channels: number;
}

/** Both ends of such a convolution; channels are multiples of four. */
export interface TileKernels {
  /** Bᵀ d B of every tile; a row of the image is `rowLength` floats. */
  gather(tiles: Tiles, rowLength: number): void;
  /** Aᵀ m A of every tile, to an image of this height and width, which may end within the last tiles. */
  scatter(tiles: Tiles, height: number, width: number): void;
}

export interface Machine {
  memory: Float32Array;
  multiply(product: Product): void;
  /** Null where tiles would not be faster. */
  tiles: TileKernels | null;
}

/** What makes machines. */
export interface MachineKind {
  name: "vectors" | "plain";
  hasTiles: boolean;
  /** One with memory for so many floats. */
  make(size: number): Machine;
}
