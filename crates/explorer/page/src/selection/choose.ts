/** Points chosen: a selection, one point, where it leads. */

import { isShown } from "../map/colouring";
import { centre } from "../map/camera";
import { className, codeOf, pointName } from "../common/points";
import { announcement, focused, goTo, model, opened, positions, selection, tab } from "../state";
import { combine, inverse, pointsWithin, type Outline, type Way } from "./lasso";

/** An empty selection is none. */
export function select(points: Uint32Array | null): void {
  selection.value = points && points.length > 0 ? points : null;
  announcement.value = selection.value ? `${count(selection.value.length)} selected.` : "Nothing is selected.";
}

export function selectWithin(outline: Outline, way: Way): void {
  select(combine(selection.value, pointsWithin(positions.value, outline, isShown.value), way));
  if (selection.value) tab.value = "selection";
}

export function invert(): void {
  if (selection.value) select(inverse(selection.value, opened.value!.points.count));
}

/** "1,234 images". */
export function count(number: number): string {
  return `${number.toLocaleString("en")} ${unit(number)}`;
}

function unit(number: number): string {
  return (model.value.input.table ? "row" : "image") + (number === 1 ? "" : "s");
}

/** Chooses a point and goes to its code. */
export function focus(point: number): void {
  focused.value = point;
  const name = [pointName(point), className(point)].filter(Boolean).join(", class ");
  goTo(codeOf(point), name);
  announcement.value = name;
}

/** Also brings it to the middle of the map. */
export function find(point: number): void {
  focus(point);
  centre(positions.value[2 * point], positions.value[2 * point + 1], 4);
}

/** The one before or after, among the selected if there are any. */
export function step(by: 1 | -1): void {
  const among = selection.value;
  const length = among?.length ?? opened.value!.points.count;
  const now = focused.value;
  let at = now === null ? -1 : among ? among.indexOf(now) : now;
  if (at < 0 && by < 0) at = length;
  const next = (at + by + length) % length;
  focus(among ? among[next] : next);
}

