/** `gated_dense`: act(x · W + b) ⊙ σ(x · V + c) */

import { activate, sigmoid } from "../activation";
import type { Plan, Values } from "../plan";
import { type OperationOf, volume } from "../program";
import { affine } from "./dense";

export function gatedDense(plan: Plan, operation: OperationOf<"gated_dense">, input: Values): Values {
  const length = volume(operation.output);
  const output = affine(plan, operation.value, input, 1);
  activate(plan, operation.activation, output, length);
  const gate = affine(plan, operation.gate, input, 1);
  plan.step(({ memory }) => {
    for (let i = 0; i < length; i++) memory[output.offset + i] *= sigmoid(memory[gate.offset + i]);
  });
  plan.release(gate);
  return output;
}
