/** `residual`: act(layers(x) + shortcut(x)) */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, volume } from "../program";

export function residual(plan: Plan, operation: OperationOf<"residual">, input: Values): Values {
  const length = volume(operation.output);
  const inner = plan.chain(operation.layers, input);
  const shortcut = plan.chain(operation.shortcut === null ? [] : [operation.shortcut], input);
  const output = plan.values(length);
  plan.step(({ memory }) => {
    for (let i = 0; i < length; i++) {
      memory[output.offset + i] = memory[inner.offset + i] + memory[shortcut.offset + i];
    }
  });
  for (const values of [inner, shortcut]) if (values !== input) plan.release(values);
  activate(plan, operation.activation, output, length);
  return output;
}
