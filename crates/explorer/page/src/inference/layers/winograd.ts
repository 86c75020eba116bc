/**
 * Convolutions of 3 × 3 with stride 1 by Winograd's tiles F(2 × 2, 3 × 3) (Lavin & Gray 2016): 16 products for 4 pixels
 * instead of 36.
 */

import type { Plan, Values } from "../plan";
import { type OperationOf, pixels } from "../program";
import { packed } from "../product";

/** Tiles that are worked on together: their planes stay in a processor's cache. */
const STRIP = 64;
/** Floats between planes: planes that began at the same place of a cache's rows would drive each other out. */
const SHIFT = 16;
/** With fewer channels on either side, the tiles' ends take longer than the products that are saved. */
const FEWEST_CHANNELS = 16;
/** The plane that, alone, reaches all four pixels with the factor 1: it carries the bias. */
const BIAS_PLANE = 5;
/** G: a kernel's three rows become four. */
const G = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];

/** Whether tiles serve. */
export function fitsTiles(plan: Plan, { kernel, stride }: OperationOf<"conv2d">): boolean {
  const [rows, columns, channels, filters] = kernel.shape;
  const isSquare = rows === 3 && columns === 3 && stride[0] === 1 && stride[1] === 1;
  const isWide = Math.min(channels, filters) >= FEWEST_CHANNELS && channels % 4 === 0 && filters % 4 === 0;
  return plan.hasTiles && isSquare && isWide;
}

/** What the image is bordered to: rows, or columns, of pixels for `n` pixels of output. */
export function tiledLength(n: number): number {
  return 2 * Math.ceil(n / 2) + 2;
}

/** One of the 16 planes of G g Gᵀ of all kernels, [channels, filters]. */
function transformed(weights: Float32Array, plane: number): Float64Array {
  const size = weights.length / 9;
  const kernel = new Float64Array(size);
  for (let tap = 0; tap < 9; tap++) {
    const factor = G[plane >> 2][Math.floor(tap / 3)] * G[plane & 3][tap % 3];
    if (factor === 0) continue;
    const values = weights.subarray(tap * size, (tap + 1) * size);
    for (let i = 0; i < size; i++) kernel[i] += factor * values[i];
  }
  return kernel;
}

/** Adds the steps from `image`, bordered to `tiledLength`, to `output`. */
export function convolveTiles(plan: Plan, operation: OperationOf<"conv2d">, image: Values, output: Values): void {
  const channels = pixels(operation.input)[2];
  const [height, width, filters] = pixels(operation.output);
  const [allRows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const strip = Math.min(allRows, Math.ceil(STRIP / columns));
  const rowLength = tiledLength(width) * channels;
  const weights = plan.tensor(operation.kernel);
  const bias = plan.tensor(operation.bias);
  const zeros = plan.constant(packed(1, filters, () => 0)).offset;
  const biased = plan.constant(packed(1, filters, (_, filter) => bias[filter])).offset;
  const planes = Array.from({ length: 16 }, (_, plane) => {
    const kernel = transformed(weights, plane);
    const matrix = packed(channels, filters, (channel, filter) => kernel[channel * filters + filter]);
    return { weights: plan.constant(matrix).offset, bias: plane === BIAS_PLANE ? biased : zeros };
  });
  const [inputPlane, outputPlane] = [strip * columns * channels + SHIFT, strip * columns * filters + SHIFT];
  const [inputs, outputs] = [plan.values(16 * inputPlane), plan.values(16 * outputPlane)];
  for (let row = 0; row < allRows; row += strip) {
    const rows = Math.min(strip, allRows - row);
    const shape = { rows, columns };
    const from = image.offset + 2 * row * rowLength;
    const to = output.offset + 2 * row * width * filters;
    const tilesOfImage = { ...shape, image: from, planes: inputs.offset, plane: inputPlane, channels };
    const tilesOfOutput = { ...shape, image: to, planes: outputs.offset, plane: outputPlane, channels: filters };
    const products = planes.map((plane, i) => ({
      ...plane,
      input: inputs.offset + i * inputPlane,
      output: outputs.offset + i * outputPlane,
      rows: 1,
      columns: rows * columns,
      inputRowStep: 0,
      inputColumnStep: channels,
      taps: 1,
      tapStep: 0,
      run: channels,
      outputRowStep: 0,
      outputColumnStep: filters,
      channels: filters,
    }));
    plan.step(({ tiles, multiply }) => {
      tiles!.gather(tilesOfImage, rowLength);
      products.forEach(multiply);
      tiles!.scatter(tilesOfOutput, height - 2 * row, width);
    });
  }
  [inputs, outputs].forEach((values) => plan.release(values));
}
