/** The view as the address's fragment, and back. */

import { batch, effect } from "@preact/signals";

import { cameraFor, inSight, type Rectangle } from "../map/camera";
import { colourChoices, colouring } from "../map/colouring";
import { chooseModel } from "./model";
import {
  camera, code, colourName, focused, goTo, hiddenCategories, layer, layerKind, mode, model, modelIndex, opened, planeAxes,
  selection, showsManifold, tab, type Mode, type Tab,
} from "../state";
import { codeOf, same } from "../common/points";
import { focus } from "../selection/choose";
import { decodePoints, encodePoints, parse, rounded, write } from "./fragment";

/** A link with more selected points, or codes of more dimensions, would be too long to be mailed. */
const MOST_POINTS = 400;
const MOST_DIMS = 256;
/** Browsers allow about a hundred changes in half a minute. */
const PAUSE = 400;

/** The address of this view. */
export const link = () => `${location.href.split("#", 1)[0]}#${fragment()}`;

function fragment(): string {
  const isPoint = focused.value !== null && same(codeOf(focused.value), code.value);
  const isShort = !isPoint && code.value.length <= MOST_DIMS;
  return write({
    ...(opened.value!.models.length > 1 && { model: String(modelIndex.value) }),
    layer: layer.value.kind,
    ...(layer.value.kind === "plane" && { axes: planeAxes.value.map((axis) => axis + 1).join() }),
    colour: colourName.value,
    ...(hiddenCategories.value.size > 0 && { hidden: encodePoints(Uint32Array.from(hiddenCategories.value).sort()) }),
    view: inSight().map((value) => rounded(value, 5)).join(),
    ...(isShort && { code: Array.from(code.value, (value) => rounded(value, 4)).join() }),
    ...(focused.value !== null && { point: String(focused.value) }),
    ...(selection.value && selection.value.length <= MOST_POINTS && { selection: encodePoints(selection.value) }),
    mode: mode.value,
    tab: tab.value,
    ...(showsManifold.value && { manifold: "1" }),
  });
}

/** Sets what a fragment says; what it says wrongly is ignored. */
function restore(text: string): void {
  const said = parse(text);
  const { points, models } = opened.value!;
  const number = (value: string | undefined, below: number) => {
    const found = value !== undefined && /^\d+$/.test(value) ? Number(value) : -1;
    return found >= 0 && found < below ? found : null;
  };
  const numbers = (value: string | undefined, count: number) => {
    const found = value?.split(",").map((part) => (part === "" ? NaN : Number(part))) ?? [];
    return found.length === count && found.every(Number.isFinite) ? found : null;
  };
  batch(() => {
    const index = number(said["model"], models.length);
    if (index !== null && index !== modelIndex.value) chooseModel(index);
    const { layers, dims } = model.value;
    const map = layers.find(({ kind }) => kind === said["layer"]);
    if (map) layerKind.value = map.kind;
    const axes = numbers(said["axes"], 2)?.map((axis) => axis - 1);
    if (axes?.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < dims.length)) planeAxes.value = axes as [number, number];
    const colour = said["colour"];
    if (colour !== undefined && colourChoices.value.some(({ names }) => names.includes(colour))) colourName.value = colour;
    if (["walk", "pan", "lasso", "rectangle"].includes(said["mode"] ?? "")) mode.value = said["mode"] as Mode;
    if (["look", "selection", "journey", "draw", "generate"].includes(said["tab"] ?? "")) tab.value = said["tab"] as Tab;
    if (map) showsManifold.value = said["manifold"] === "1";
    const chosen = decodePoints(said["selection"] ?? "", points.count);
    if (chosen.length > 0 || map) selection.value = chosen.length > 0 ? chosen : null;
    const point = number(said["point"], points.count);
    if (point !== null) focus(point);
    else if (map) focused.value = null;
    const place = numbers(said["code"], dims.length);
    if (place) goTo(Float32Array.from(place), "the link");
  });
  // Not before the colour is there: another colour shows all of its categories.
  const { value: now } = colouring;
  const hidden = decodePoints(said["hidden"] ?? "", now.kind === "category" ? now.column.names.length : 0);
  if (hidden.length > 0 || said["layer"]) hiddenCategories.value = new Set(hidden);
  const view = numbers(said["view"], 4);
  if (view && view[0] < view[2] && view[1] < view[3]) camera.value = cameraFor(view as Rectangle);
}

/** Keeps both in step; the answer ends it. */
export function follow(): () => void {
  let written = "";
  let waiting = 0;
  const changed = () => {
    if (location.hash.slice(1) !== written) restore(location.hash.slice(1));
  };
  if (location.hash.length > 1) restore(location.hash.slice(1));
  addEventListener("hashchange", changed);
  const end = effect(() => {
    const next = fragment();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      written = next;
      history.replaceState(null, "", `#${next}`);
    }, PAUSE);
  });
  return () => {
    end();
    clearTimeout(waiting);
    removeEventListener("hashchange", changed);
  };
}
