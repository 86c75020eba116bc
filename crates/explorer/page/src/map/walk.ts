/** Where a place on the map leads: the code there becomes the one that is shown. */

import { signal } from "@preact/signals";

import { nearest } from "../common/neighbours";
import { codeOf, describe, moved, pointName } from "../common/points";
import { focus } from "../selection/choose";
import { announcement, code, codeOrigin, focused, goTo, layer, model, own, type Place } from "../state";
import { inSight, toMap, toScreen } from "./camera";
import { isShown } from "./colouring";
import { grid } from "./grid";
import { codeAt, placeOf } from "./projection";

/** Whether nobody has walked or pressed the map yet: what a drag does is said on it until then. */
export const isNew = signal(true);

export const NO_INVERSE = "A t-SNE map has no inverse: walking goes to the nearest point.";

/** Goes to the code at a place of the map; `through` keeps what the map does not show. */
export function walkTo(x: number, y: number, through?: Place): void {
  isNew.value = false;
  const to = codeAt(x, y, through?.code);
  if (to) {
    const plane = to.length === 1 ? "the latent line" : layer.value.kind === "pca" ? "the plane of the PCA" : "the latent plane";
    focused.value = null;
    goTo(to, through ? moved(through.name) : plane);
    return;
  }
  const point = grid.value.nearestOfAll(x, y, isShown.value);
  if (point === null) return;
  focused.value = point;
  goTo(codeOf(point), `${pointName(point)}, the nearest`);
  announcement.value = NO_INVERSE;
}

/** The point near a pixel: one that is switched on, else any. */
export function pick(left: number, top: number, reach: number): number | null {
  const [x, y] = toMap(left, top);
  const [right] = toMap(left + reach, top);
  const near = (counts: (point: number) => boolean) => grid.value.nearest(x, y, right - x, counts);
  return near(isShown.value) ?? near(() => true);
}

const shown = (): Place => ({ name: codeOrigin.value, code: code.value });
const isAt = (of: Float32Array, left: number, top: number, reach: number) => {
  const [x, y] = toScreen(...placeOf(of));
  return Math.hypot(x - left, y - top) <= reach;
};

/** The code whose mark is at a pixel, the one that is shown or the own image's: a walk that begins there takes it along. */
export function grabbed(left: number, top: number, reach: number): Place | undefined {
  if (layer.value.kind === "tsne") return undefined; // the marks are at the nearest points
  const mine = own.value && { name: own.value.name, code: own.value.mean };
  return [shown(), mine].find((mark) => mark && isAt(mark.code, left, top, reach)) ?? undefined;
}

/** A click: the own image's star, the point there, else the place. */
export function clickAt(left: number, top: number, reach: number, isWalking: boolean): void {
  if (own.value && isAt(own.value.mean, left, top, reach)) return goTo(own.value.mean.slice(), own.value.name);
  const point = pick(left, top, reach);
  if (point !== null) focus(point);
  else if (isWalking) walkTo(...toMap(left, top));
  else focused.value = null;
}

/** Steps of the arrow keys: a fiftieth of what is in sight, to the next point on t-SNE. */
export function stepBy(right: number, up: number): void {
  const [left, , end] = inSight();
  const step = (end - left) / 50;
  const [x, y] = placeOf(code.value);
  if (layer.value.inverse || layer.value.kind === "plane") {
    walkTo(x + right * step, y + up * step, shown());
    const [near] = nearest(model.value.codes, code.value, 1);
    if (near) announcement.value = `Nearest: ${describe(near.point)}.`;
    return;
  }
  const isAhead = (point: number) => {
    const [px, py] = placeOf(codeOf(point));
    const along = (px - x) * right + (py - y) * up;
    return along > 0 && along >= Math.abs((px - x) * up) + Math.abs((py - y) * right);
  };
  const next = grid.value.nearestOfAll(x, y, (point) => isShown.value(point) && isAhead(point));
  if (next !== null) focus(next);
}
