/** `flatten`, `reshape`, and `dropout`, which does nothing but in training: the values as they are. */

import type { Plan, Values } from "../plan";
import type { OperationOf } from "../program";

export function identity(_plan: Plan, _operation: OperationOf<"flatten" | "reshape" | "dropout">, input: Values): Values {
  return input;
}
