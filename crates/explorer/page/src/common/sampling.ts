/** Codes drawn as `latentlab generate` draws them. */

import type { OpenedSampler } from "../opened";
import { Stream } from "./random";

/**
 * `count` codes [count, dims]: the same for the same seed. `temperature` scales deviations from the mean of each
 * component; at 1 the sampler is as it was fitted.
 */
export function drawn(
  { name, weights, means, factors }: OpenedSampler, dims: number, seed: number, temperature: number, count: number,
): Float32Array {
  const choice = new Stream(seed, "mixture component");
  const noise = new Stream(seed, name === "prior" ? "prior" : "mixture noise");
  const codes = new Float32Array(count * dims);
  for (let sample = 0; sample < count; sample++) {
    const component = componentAt(weights, choice.uniform(sample));
    const epsilon = noise.normals(sample, dims);
    for (let j = 0; j < dims; j++) {
      let deviation = factors ? 0 : epsilon[j];
      const row = (component * dims + j) * dims;
      if (factors) for (let k = 0; k <= j; k++) deviation += factors[row + k] * epsilon[k];
      codes[sample * dims + j] = means[component * dims + j] + temperature * deviation;
    }
  }
  return codes;
}

/** Which component a share in [0, 1) of the weights falls to. */
function componentAt(weights: Float32Array, share: number): number {
  let [sum, last] = [0, 0];
  for (const [component, weight] of weights.entries()) {
    if (weight <= 0) continue;
    sum += weight;
    last = component;
    if (share < sum) break;
  }
  return last;
}
