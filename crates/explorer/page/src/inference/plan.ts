/**
 * A network is planned once for one image: every buffer has its place in one memory, every step its numbers. Steps then run
 * in order, without taking memory.
 */

import type { Machine } from "./machine";
import type { Kind, Operation, OperationOf, Tensor } from "./program";

/** Room for floats in the memory. */
export interface Values {
  offset: number;
  capacity: number;
}

export type Step = (machine: Machine) => void;

/** Plans one layer: takes memory for its output (or passes on `input`) and adds steps that fill it. */
export type LayerPlan<K extends Kind> = (plan: Plan, operation: OperationOf<K>, input: Values) => Values;

/** Plans of all layers, by kind. */
export type Layers = { [K in Kind]: LayerPlan<K> };

/** Floats that a place begins at a multiple of. */
const ALIGNMENT = 4;

export class Plan {
  /** Steps since the last call of `takeSteps`. */
  private steps: Step[] = [];
  private readonly constants: { offset: number; values: Float32Array }[] = [];
  private free: Values[] = [];
  /** Floats that the memory must have. */
  size = 0;

  constructor(
    private readonly layers: Layers,
    private readonly weights: Float32Array,
    /** Whether the machine has kernels for tiles. */
    readonly hasTiles: boolean,
  ) {}

  /** The floats of a tensor. */
  tensor({ offset, shape }: Tensor): Float32Array {
    const length = shape.reduce((product, n) => product * n, 1);
    return this.weights.subarray(offset, offset + length);
  }

  /** Room for `length` values that steps write. */
  values(length: number): Values {
    const fitting = this.free.filter((values) => values.capacity >= length);
    if (fitting.length === 0) return this.fresh(length);
    const smallest = fitting.reduce((a, b) => (b.capacity < a.capacity ? b : a));
    this.free = this.free.filter((values) => values !== smallest);
    return smallest;
  }

  /** No later step reads these. */
  release(values: Values): void {
    this.free.push(values);
  }

  /** Values that are there before the first step, and stay. */
  constant(values: Float32Array): Values {
    const place = this.fresh(values.length);
    this.constants.push({ offset: place.offset, values });
    return place;
  }

  step(step: Step): void {
    this.steps.push(step);
  }

  /** The steps since the last call. */
  takeSteps(): Step[] {
    const steps = this.steps;
    this.steps = [];
    return steps;
  }

  /** Layers one after the other; `input` stays as it is. */
  chain(operations: Operation[], input: Values): Values {
    let values = input;
    for (const operation of operations) {
      const layer = this.layers[operation.kind] as LayerPlan<Kind> | undefined;
      if (layer === undefined) throw new Error(`no layer "${operation.kind}" is known`);
      const output = layer(this, operation, values);
      if (output !== values && values !== input) this.release(values);
      values = output;
    }
    return values;
  }

  /** Writes the constants. */
  fill(memory: Float32Array): void {
    for (const { offset, values } of this.constants) memory.set(values, offset);
  }

  private fresh(length: number): Values {
    const capacity = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const place = { offset: this.size, capacity };
    this.size += capacity;
    return place;
  }
}
