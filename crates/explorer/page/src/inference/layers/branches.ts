/** `branches`: chains of layers from one input, added or one's channels after the other's. */

import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";

export function branches(plan: Plan, operation: OperationOf<"branches">, input: Values): Values {
  const [height, width, channels] = pixels(operation.output);
  const output = plan.values(volume(operation.output));
  plan.step(({ memory }) => memory.fill(0, output.offset, output.offset + volume(operation.output)));
  let first = 0;
  for (const layers of operation.branches) {
    const values = plan.chain(layers, input);
    const own = pixels(layers.at(-1)?.output ?? operation.input)[2];
    const channel = first;
    plan.step(({ memory }) => {
      for (let pixel = 0; pixel < height * width; pixel++) {
        const [from, to] = [values.offset + pixel * own, output.offset + pixel * channels + channel];
        for (let i = 0; i < own; i++) memory[to + i] += memory[from + i];
      }
    });
    if (values !== input) plan.release(values);
    if (operation.merge === "concat") first += own;
  }
  return output;
}
