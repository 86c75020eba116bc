/** `activation` */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, volume } from "../program";

export function activation(plan: Plan, operation: OperationOf<"activation">, input: Values): Values {
  const length = volume(operation.output);
  const output = plan.values(length);
  plan.step(({ memory }) => memory.copyWithin(output.offset, input.offset, input.offset + length));
  activate(plan, operation.activation, output, length);
  return output;
}
