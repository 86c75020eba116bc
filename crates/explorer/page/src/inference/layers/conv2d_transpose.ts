/**
 * `conv2d_transpose`: y[i, j, f] = Σ x[r, s, c] K[k, l, f, c] over all r · stride + k − above = i (and columns alike).
 *
 * Output pixels of one remainder by the stride are a plain convolution: they share the taps of the kernel that meet pixels.
 */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";
import { packed } from "../product";
import { bordered } from "./border";

/** The places i = stride · q + `remainder` along one axis: place q reads the pixels q + shift − t, through tap first + t · stride. */
interface Phase {
  remainder: number;
  /** Places. */
  count: number;
  first: number;
  taps: number;
  shift: number;
}

function phases(out: number, size: number, stride: number, above: number): Phase[] {
  const phase = (remainder: number): Phase => {
    const first = (remainder + above) % stride;
    return {
      remainder,
      count: Math.ceil((out - remainder) / stride),
      first,
      taps: Math.max(0, Math.ceil((size - first) / stride)),
      shift: Math.floor((remainder + above) / stride),
    };
  };
  return Array.from({ length: Math.min(stride, out) }, (_, remainder) => phase(remainder));
}

/** Pixels that all phases read before the first of `n`, and behind the last. */
function beyond(all: Phase[], n: number): [number, number] {
  const reading = all.filter(({ taps }) => taps > 0);
  const before = reading.map(({ taps, shift }) => taps - 1 - shift);
  const behind = reading.map(({ count, shift }) => count - 1 + shift - (n - 1));
  return [Math.max(0, ...before), Math.max(0, ...behind)];
}

export function conv2dTranspose(plan: Plan, operation: OperationOf<"conv2d_transpose">, input: Values): Values {
  const [height, width, channels] = pixels(operation.input);
  const [rows, columns, filters] = pixels(operation.output);
  const [kernelRows, kernelColumns] = operation.kernel.shape;
  const { stride, padding } = operation;
  const rowPhases = phases(rows, kernelRows, stride[0], padding[0]);
  const columnPhases = phases(columns, kernelColumns, stride[1], padding[1]);
  const [top, bottom] = beyond(rowPhases, height);
  const [left, right] = beyond(columnPhases, width);
  const image = bordered(plan, input, [height, width, channels], { top, left, bottom, right }, false);
  const rowLength = (left + width + right) * channels;
  const output = plan.values(volume(operation.output));
  const kernel = plan.tensor(operation.kernel); // [kernel_h, kernel_w, filters, channels]
  const bias = plan.tensor(operation.bias);
  const packedBias = plan.constant(packed(1, filters, (_, filter) => bias[filter])).offset;
  for (const row of rowPhases) {
    for (const column of columnPhases) {
      const run = column.taps * channels;
      const weights = packed(row.taps * run, filters, (inner, filter) => {
        // Pixels ascend while the kernel's taps descend.
        const t = row.taps - 1 - Math.floor(inner / run);
        const u = column.taps - 1 - (Math.floor(inner / channels) % column.taps);
        const tap = (row.first + t * stride[0]) * kernelColumns + column.first + u * stride[1];
        return kernel[(tap * filters + filter) * channels + (inner % channels)];
      });
      const firstRow = Math.max(0, top + row.shift - row.taps + 1);
      const firstColumn = Math.max(0, left + column.shift - column.taps + 1);
      const product = {
        weights: plan.constant(weights).offset,
        bias: packedBias,
        input: image.offset + firstRow * rowLength + firstColumn * channels,
        output: output.offset + (row.remainder * columns + column.remainder) * filters,
        rows: row.count,
        columns: column.count,
        inputRowStep: rowLength,
        inputColumnStep: channels,
        taps: row.taps,
        tapStep: rowLength,
        run,
        outputRowStep: stride[0] * columns * filters,
        outputColumnStep: stride[1] * filters,
        channels: filters,
      };
      plan.step((machine) => machine.multiply(product));
    }
  }
  if (image !== input) plan.release(image);
  activate(plan, operation.activation, output, volume(operation.output));
  return output;
}
