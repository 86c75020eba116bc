/** What is shown first, and what stays when another model is chosen. */

import { batch } from "@preact/signals";

import { meanCode } from "../common/points";
import { focus } from "../selection/choose";
import {
  announcement, colourName, focused, goTo, hiddenCategories, journeyFrom, journeyTo, layerKind, mode, model, modelIndex, opened, own,
  planeAxes, showsManifold,
} from "../state";
import type { Dimension, MapLayer } from "../payload";

/** The first model at the mean of its codes: on the plane where that is all of the code, else on what shows more. */
export function begin(): void {
  chooseModel(0);
  const { layers, dims } = model.value;
  const first = (["plane", "pca", "tsne"] as const).filter((kind) => layers.some((layer) => layer.kind === kind));
  layerKind.value = dims.length > 2 ? first.find((kind) => kind !== "plane") ?? "plane" : first[0];
  planeAxes.value = mostInformative(dims);
  announcement.value = `Drag over the map and see what the decoder makes of each place.${hasKeys() ? " ? shows all keys." : ""}`;
  showsManifold.value = layerKind.value === "plane" && dims.length === 2;
  if (!opened.value!.points.labels) {
    colourName.value = model.value.columns[0]?.name ?? opened.value!.columns[0]?.name ?? "z1";
  }
}

/** A telephone has none. */
const hasKeys = () => !matchMedia("(pointer: coarse)").matches;

/** The two dimensions that tell most, in the code's order. */
function mostInformative(dims: Dimension[]): [number, number] {
  const order = [...dims.keys()].sort((a, b) => dims[b].information - dims[a].information);
  const [x, y] = order.slice(0, 2).sort((a, b) => a - b);
  return [x, y ?? x];
}

/** Codes belong to one model: those that were gathered go; the chosen point's is looked up again. */
export function chooseModel(index: number): void {
  batch(() => {
    modelIndex.value = index;
    own.value = journeyFrom.value = journeyTo.value = null;
    const { layers, dims, columns } = model.value;
    // A cluster's number means another cluster in another model.
    if (columns.some(({ name }) => name === colourName.value)) hiddenCategories.value = new Set();
    if (!layers.some(({ kind }) => kind === layerKind.value)) layerKind.value = layers[0].kind;
    if (planeAxes.value.some((axis) => axis >= dims.length)) planeAxes.value = mostInformative(dims);
    const point = focused.value;
    if (point !== null) focus(point);
    else goTo(meanCode(), "the mean of the codes");
  });
}

/** Where there is no way back from the map to codes, a drag pans. */
export function chooseLayer(kind: MapLayer["kind"]): void {
  batch(() => {
    const isNew = kind !== layerKind.value;
    layerKind.value = kind;
    if (!isNew || (mode.value !== "walk" && mode.value !== "pan")) return;
    mode.value = kind === "tsne" ? "pan" : "walk";
  });
}
