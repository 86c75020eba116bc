/** Kernels in the order in which the product reads them. */

import { BLOCK, type Product } from "./machine";
import type { Plan } from "./plan";

/** A matrix [inner, channels], given by its values, as kernels read it. */
export function packed(inner: number, channels: number, at: (inner: number, channel: number) => number): Float32Array {
  const blocks = Math.ceil(channels / BLOCK);
  const values = new Float32Array(blocks * inner * BLOCK);
  for (let i = 0; i < inner; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const block = Math.floor(channel / BLOCK);
      values[(block * inner + i) * BLOCK + (channel % BLOCK)] = at(i, channel);
    }
  }
  return values;
}

/** The places of a packed kernel [inner, channels], row-major, and its bias. */
export function packedAffine(plan: Plan, kernel: Float32Array, bias: Float32Array): Pick<Product, "weights" | "bias"> {
  const channels = bias.length;
  const weights = packed(kernel.length / channels, channels, (i, channel) => kernel[i * channels + channel]);
  return { weights: plan.constant(weights).offset, bias: plan.constant(packed(1, channels, (_, i) => bias[i])).offset };
}
