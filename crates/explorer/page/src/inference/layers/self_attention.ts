/** `self_attention`: softmax(Q Kᵀ / √keySize) V in every head, and a product back to the input's channels. */

import type { Plan, Values } from "../plan";
import { type OperationOf, pixels } from "../program";
import { affine } from "./dense";

export function selfAttention(plan: Plan, operation: OperationOf<"self_attention">, input: Values): Values {
  const [height, width] = pixels(operation.input);
  const count = height * width;
  const { heads, keySize } = operation;
  const step = heads * keySize;
  // [pixels, heads, keySize]
  const query = affine(plan, operation.query, input, count);
  const key = affine(plan, operation.key, input, count);
  const value = affine(plan, operation.value, input, count);
  const mixed = plan.values(count * step);
  const weights = plan.values(count); // of all pixels, for one query
  const scale = 1 / Math.sqrt(keySize);
  plan.step(({ memory }) => {
    for (let head = 0; head < step; head += keySize) {
      for (let pixel = 0; pixel < count; pixel++) {
        const q = query.offset + pixel * step + head;
        let largest = -Infinity;
        for (let other = 0; other < count; other++) {
          const k = key.offset + other * step + head;
          let score = 0;
          for (let i = 0; i < keySize; i++) score += memory[q + i] * memory[k + i];
          score *= scale;
          memory[weights.offset + other] = score;
          largest = Math.max(largest, score);
        }
        let sum = 0;
        for (let other = weights.offset; other < weights.offset + count; other++) {
          memory[other] = Math.exp(memory[other] - largest);
          sum += memory[other];
        }
        const to = mixed.offset + pixel * step + head;
        for (let i = 0; i < keySize; i++) {
          let total = 0;
          for (let other = 0; other < count; other++) {
            total += memory[weights.offset + other] * memory[value.offset + other * step + head + i];
          }
          memory[to + i] = total / sum;
        }
      }
    }
  });
  [query, key, value, weights].forEach((values) => plan.release(values));
  const output = affine(plan, operation.result, mixed, count);
  plan.release(mixed);
  return output;
}
