/** `conv2d` */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";
import { packedAffine } from "../product";
import { bordered } from "./border";
import { convolveTiles, fitsTiles, tiledLength } from "./winograd";

/** Pixels of border behind the `n` that there are and the `before`, so that there are `length`. */
function behind(n: number, before: number, length: number): number {
  return Math.max(0, length - before - n);
}

export function conv2d(plan: Plan, operation: OperationOf<"conv2d">, input: Values): Values {
  const shape = pixels(operation.input);
  const [height, width, channels] = shape;
  const [rows, columns] = pixels(operation.output);
  const [kernelRows, kernelColumns] = operation.kernel.shape;
  const { stride, padding: [top, left], reflects } = operation;
  const isTiled = fitsTiles(plan, operation);
  const covered = (out: number, size: number, stride: number) => isTiled ? tiledLength(out) : (out - 1) * stride + size;
  const bottom = behind(height, top, covered(rows, kernelRows, stride[0]));
  const right = behind(width, left, covered(columns, kernelColumns, stride[1]));
  const image = bordered(plan, input, shape, { top, left, bottom, right }, reflects);
  const output = plan.values(volume(operation.output));
  if (isTiled) convolveTiles(plan, operation, image, output);
  else convolve(plan, operation, image, (left + width + right) * channels, output);
  if (image !== input) plan.release(image);
  activate(plan, operation.activation, output, volume(operation.output));
  return output;
}

/** Adds the step from `image`, bordered, whose rows are of `rowLength` values, to `output`. */
function convolve(
  plan: Plan,
  operation: OperationOf<"conv2d">,
  image: Values,
  rowLength: number,
  output: Values,
): void {
  const [rows, columns, filters] = pixels(operation.output);
  const [kernelRows, kernelColumns, channels] = operation.kernel.shape;
  const product = {
    ...packedAffine(plan, plan.tensor(operation.kernel), plan.tensor(operation.bias)),
    input: image.offset,
    output: output.offset,
    rows,
    columns,
    inputRowStep: operation.stride[0] * rowLength,
    inputColumnStep: operation.stride[1] * channels,
    taps: kernelRows,
    tapStep: rowLength,
    run: kernelColumns * channels,
    outputRowStep: columns * filters,
    outputColumnStep: filters,
    channels: filters,
  };
  plan.step((machine) => machine.multiply(product));
}
