/** `group_norm`, `layer_norm`, `batch_norm`: act(γ (x − mean) / √(variance + ε) + β) */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";

/**
 * Normalises sets of values: the channels of each of `count` blocks of pixels form `groups` of neighbours, and each group
 * of each block has mean 0 and variance 1.
 */
function normalise(
  plan: Plan,
  operation: OperationOf<"group_norm" | "layer_norm">,
  input: Values,
  count: number,
  groups: number,
): Values {
  const length = volume(operation.output);
  const channels = pixels(operation.input)[2];
  const width = channels / groups;
  const block = length / count;
  const { epsilon } = operation;
  const [gamma, beta] = [plan.tensor(operation.gamma), plan.tensor(operation.beta)];
  const output = plan.values(length);
  const shift = output.offset - input.offset;
  plan.step(({ memory }) => {
    for (let first = 0; first < length; first += block) {
      for (let group = 0; group < channels; group += width) {
        const from = input.offset + first + group;
        const end = input.offset + first + block;
        // In double precision, of values in single precision: the difference of squares is exact enough.
        let sum = 0;
        let squares = 0;
        for (let pixel = from; pixel < end; pixel += channels) {
          for (let i = pixel; i < pixel + width; i++) {
            const value = memory[i];
            sum += value;
            squares += value * value;
          }
        }
        const mean = (sum * groups) / block;
        const variance = Math.max(0, (squares * groups) / block - mean * mean);
        const scale = 1 / Math.sqrt(variance + epsilon);
        for (let pixel = from; pixel < end; pixel += channels) {
          for (let i = 0; i < width; i++) {
            memory[pixel + shift + i] = gamma[group + i] * (memory[pixel + i] - mean) * scale + beta[group + i];
          }
        }
      }
    }
  });
  activate(plan, operation.activation, output, length);
  return output;
}

/** All pixels are one block. */
export function groupNorm(plan: Plan, operation: OperationOf<"group_norm">, input: Values): Values {
  return normalise(plan, operation, input, 1, operation.groups);
}

/** Each pixel is a block of one group. */
export function layerNorm(plan: Plan, operation: OperationOf<"layer_norm">, input: Values): Values {
  const [height, width] = pixels(operation.input);
  return normalise(plan, operation, input, height * width, 1);
}

export function batchNorm(plan: Plan, operation: OperationOf<"batch_norm">, input: Values): Values {
  const length = volume(operation.output);
  const { epsilon } = operation;
  const [gamma, beta] = [plan.tensor(operation.gamma), plan.tensor(operation.beta)];
  const [mean, variance] = [plan.tensor(operation.mean), plan.tensor(operation.variance)];
  const scale = gamma.map((gamma, channel) => gamma / Math.sqrt(variance[channel] + epsilon));
  const channels = scale.length;
  const output = plan.values(length);
  plan.step(({ memory }) => {
    for (let pixel = 0; pixel < length; pixel += channels) {
      for (let i = 0; i < channels; i++) {
        memory[output.offset + pixel + i] = (memory[input.offset + pixel + i] - mean[i]) * scale[i] + beta[i];
      }
    }
  });
  activate(plan, operation.activation, output, length);
  return output;
}
