/** Codes to places on the map and back. */

import { nearest } from "../common/neighbours";
import { codeOf } from "../common/points";
import type { OpenedLayer, OpenedModel } from "../opened";
import { code, layer, model, planeAxes, positions } from "../state";

/** Where a code lies on the map; on t-SNE, where the point of the nearest code lies. */
export function placeOf(of: Float32Array): [number, number] {
  const { kind, inverse } = layer.value;
  if (kind === "plane") return planeAxes.value.map((axis) => of[axis] ?? 0) as [number, number];
  if (inverse) return project(of, inverse);
  const point = nearest(model.value.codes, of, 1)[0]?.point ?? 0;
  return [positions.value[2 * point], positions.value[2 * point + 1]];
}

type Inverse = NonNullable<OpenedLayer["inverse"]>;

/** Coordinates along two components that stand upright on each other, of any length. */
export function project(of: Float32Array, { mean, components }: Inverse): [number, number] {
  const dims = of.length;
  return [0, dims].map((row) => {
    let [along, length] = [0, 0];
    for (let k = 0; k < dims; k++) {
      along += (of[k] - mean[k]) * components[row + k];
      length += components[row + k] ** 2;
    }
    return length > 0 ? along / length : 0;
  }) as [number, number];
}

/**
 * The code at a place. What the map does not show of it is that of `through`; without one, on the plane that of the code that
 * is shown, on PCA that of the mean. Null where only points have codes.
 */
export function codeAt(x: number, y: number, through?: Float32Array): Float32Array | null {
  const { kind, inverse } = layer.value;
  if (kind === "plane") {
    const to = (through ?? code.value).slice();
    const [across, up] = planeAxes.value;
    to[across] = x;
    if (up !== across) to[up] = y;
    return to;
  }
  if (!inverse) return null;
  return across(inverse, x, y, through ?? inverse.mean);
}

/** The code at a place of the plane that the components span through a code. */
export function across(inverse: Inverse, x: number, y: number, through: Float32Array): Float32Array {
  const { components } = inverse;
  const dims = through.length;
  const [x0, y0] = project(through, inverse);
  return through.map((value, k) => value + (x - x0) * components[k] + (y - y0) * components[dims + k]);
}

/** A Gaussian on the map: half axes of one standard deviation, and the turn of the first, in radians. */
export interface Ellipse {
  major: number;
  minor: number;
  turn: number;
}

/** The posterior's shadow on the map; null on t-SNE. */
export function ellipse(logVar: Float32Array): Ellipse | null {
  const { kind, inverse } = layer.value;
  const variance = logVar.map(Math.exp);
  if (kind === "plane") {
    const [major, minor] = planeAxes.value.map((axis) => Math.sqrt(variance[axis] ?? 0));
    return { major, minor, turn: 0 };
  }
  if (!inverse) return null;
  const dims = variance.length;
  const rows = [0, dims].map((row) => {
    const component = inverse.components.subarray(row, row + dims);
    const length = component.reduce((sum, value) => sum + value * value, 0) || 1;
    return component.map((value) => value / length);
  });
  const covariance = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < dims; k++) sum += rows[i][k] * rows[j][k] * variance[k];
    return sum;
  };
  return axesOf(covariance(0, 0), covariance(0, 1), covariance(1, 1));
}

/** Axes of a covariance [[a, b], [b, c]]. */
export function axesOf(a: number, b: number, c: number): Ellipse {
  const middle = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  return {
    major: Math.sqrt(middle + spread),
    minor: Math.sqrt(Math.max(0, middle - spread)),
    turn: Math.atan2(2 * b, a - c) / 2,
  };
}

/** Codes of many places, one after the other: a grid to decode. */
export function codesAt(places: [number, number][], of: OpenedModel): Float32Array {
  const codes = new Float32Array(places.length * of.dims.length);
  places.forEach(([x, y], i) => codes.set(codeAt(x, y) ?? codeOf(0), i * of.dims.length));
  return codes;
}
