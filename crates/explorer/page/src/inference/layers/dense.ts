/** `dense`: act(x · W + b) */

import { activate } from "../activation";
import type { Plan, Values } from "../plan";
import { type Affine, type OperationOf, volume } from "../program";
import { packedAffine } from "../product";

/** x · W + b of `rows` vectors that lie one after the other. */
export function affine(plan: Plan, { kernel, bias }: Affine, input: Values, rows: number): Values {
  const [weights, offsets] = [plan.tensor(kernel), plan.tensor(bias)];
  const channels = offsets.length;
  const run = weights.length / channels;
  const output = plan.values(rows * channels);
  const product = {
    ...packedAffine(plan, weights, offsets),
    input: input.offset,
    output: output.offset,
    rows: 1,
    columns: rows,
    inputRowStep: 0,
    inputColumnStep: run,
    taps: 1,
    tapStep: 0,
    run,
    outputRowStep: 0,
    outputColumnStep: channels,
    channels,
  };
  plan.step((machine) => machine.multiply(product));
  return output;
}

export function dense(plan: Plan, operation: OperationOf<"dense">, input: Values): Values {
  const output = affine(plan, operation, input, 1);
  activate(plan, operation.activation, output, volume(operation.output));
  return output;
}
