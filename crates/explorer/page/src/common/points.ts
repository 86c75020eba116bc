/** What points are called, and the codes of several. */

import { model, opened } from "../state";
import { meanOf } from "./paths";

/** "7.png", or "image 17" where there are no files. */
export function pointName(point: number): string {
  const { files, index } = opened.value!.points;
  return files?.[point] ?? `${model.value.input.table ? "row" : "image"} ${index[point]}`;
}

/** The class of a point, as a number into `classes`; null where none is known. */
export function labelOf(point: number): number | null {
  const { labels, unknownClass } = opened.value!.points;
  const label = labels?.[point];
  return label === undefined || label === unknownClass ? null : label;
}

/** The name of a point's class; empty where none is known. */
export function className(point: number): string {
  const label = labelOf(point);
  return label === null ? "" : opened.value!.points.classes[label];
}

/** Name and class of a point. */
export function describe(point: number): string {
  const name = className(point);
  return name ? `${pointName(point)}, class ${name}` : pointName(point);
}

/** What a code is called once it has been moved from where it came. */
export function moved(origin: string): string {
  return origin.endsWith(", moved") ? origin : `${origin || "a code"}, moved`;
}

/** A copy of a point's code. */
export function codeOf(point: number): Float32Array {
  const { codes, dims } = model.value;
  return codes.slice(point * dims.length, (point + 1) * dims.length);
}

/** Where all codes have their middle. */
export function meanCode(): Float32Array {
  return Float32Array.from(model.value.dims, ({ mean }) => mean);
}

/** Mean of a class; null where it has no points. */
export function classMean(label: number): Float32Array | null {
  const { labels } = opened.value!.points;
  const members = labels ? [...labels.keys()].filter((point) => labels[point] === label) : [];
  return meanOf(model.value.codes, model.value.dims.length, members);
}

/** Whether two lists hold the same numbers. */
export function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
