/** Activation functions, on values in place. Each has its own loop, so that it is compiled into it. */

import type { Plan, Values } from "./plan";
import type { Activation, ActivationName } from "./program";

/** Powers of 2 from −1023 on. */
const POWERS = Float64Array.from({ length: 2048 }, (_, i) => 2 ** (i - 1023));

/**
 * eˣ within 1e-8 of itself, for x in ±700: 2ⁿ eʳ with |r| ≤ ½ ln 2, by the series of eʳ, whose halves are independent. Twice
 * as fast as `Math.exp` in a loop.
 */
export function exp(x: number): number {
  const within = Math.min(Math.max(x, -700), 700);
  const n = Math.floor(within * Math.LOG2E + 0.5);
  const r = within - n * Math.LN2;
  const s = r * r;
  const series = 1 + r + s * (1 / 2 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120) + s * (1 / 720 + r * (1 / 5040))));
  return series * POWERS[n + 1023];
}

/** 1 / (1 + e⁻ˣ) */
export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|) */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(exp(-Math.abs(x)));
}

/** The complementary error function within 1.2e-7 of itself: the Chebyshev fit of Numerical Recipes, section 6.2. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const low = t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))));
  const tail = t * exp(-x * x - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + low))));
  return x >= 0 ? tail : 2 - tail;
}

/** Puts the values from `begin` on, before `end`, through a function with this parameter. */
type Loop = (memory: Float32Array, begin: number, end: number, parameter: number) => void;

export const ACTIVATIONS: Record<ActivationName, Loop> = {
  linear: () => {},
  relu: (memory, begin, end) => {
    for (let i = begin; i < end; i++) if (memory[i] < 0) memory[i] = 0;
  },
  leaky_relu: (memory, begin, end, slope) => {
    for (let i = begin; i < end; i++) if (memory[i] < 0) memory[i] *= slope;
  },
  elu: (memory, begin, end, alpha) => {
    for (let i = begin; i < end; i++) if (memory[i] < 0) memory[i] = alpha * Math.expm1(memory[i]);
  },
  silu: (memory, begin, end) => {
    for (let i = begin; i < end; i++) memory[i] *= sigmoid(memory[i]);
  },
  gelu: (memory, begin, end) => {
    for (let i = begin; i < end; i++) memory[i] *= 0.5 * erfc(-memory[i] * Math.SQRT1_2);
  },
  tanh: (memory, begin, end) => {
    for (let i = begin; i < end; i++) memory[i] = Math.tanh(memory[i]);
  },
  sigmoid: (memory, begin, end) => {
    for (let i = begin; i < end; i++) memory[i] = sigmoid(memory[i]);
  },
  softplus: (memory, begin, end) => {
    for (let i = begin; i < end; i++) memory[i] = softplus(memory[i]);
  },
};

/** Adds a step that puts `length` values through the function, in place. */
export function activate(plan: Plan, { name, parameter }: Activation, values: Values, length: number): void {
  if (name === "linear") return;
  const loop = ACTIVATIONS[name];
  plan.step(({ memory }) => loop(memory, values.offset, values.offset + length, parameter));
}
