/** What colours the points: a column of categories or numbers, which of its categories are on, and a colour for each point. */

import { computed, effect } from "@preact/signals";

import { ascending } from "../common/numbers";
import type { Numbers, OpenedColumn } from "../opened";
import { paper } from "../shell/theme";
import { colourName, hiddenCategories, model, opened, selection } from "../state";
import { CLASS_COLOURS, classColour, PLAIN, ramp, unknownColour, type Rgb } from "./palette";

export interface Category {
  /** The values that it stands for: one, or all that have no colour of their own. */
  values: number[];
  name: string;
  colour: Rgb;
}

export type Colouring =
  | { kind: "category"; column: OpenedColumn & { kind: "category" }; categories: Category[]; of: Uint8Array }
  | { kind: "number"; column: OpenedColumn & { kind: "number" }; low: number; high: number; ramp: Rgb[] }
  | { kind: "plain" };

/** Names of everything that can colour, in groups. */
export const colourChoices = computed(() => {
  const { points, columns } = opened.value!;
  const names = (of: OpenedColumn[]) => of.map(({ name }) => name);
  const seen = new Set<string>();
  return [
    { title: "Known", names: points.labels ? ["class"] : [] },
    { title: "Of the model", names: names(model.value.columns) },
    { title: "Columns", names: names(columns) },
    { title: "Latent dimensions", names: model.value.dims.map((_, k) => `z${k + 1}`) },
  ]
    // Of two with one name the first is meant.
    .map(({ title, names }) => ({ title, names: names.filter((name) => !seen.has(name) && seen.add(name)) }))
    .filter((group) => group.names.length > 0);
});

/** Number columns and category columns of the points, without class and code. */
export const allColumns = computed(() => [...model.value.columns, ...opened.value!.columns]);

function column(name: string): OpenedColumn | null {
  const { points } = opened.value!;
  const { codes, dims } = model.value;
  if (name === "class" && points.labels) {
    return { kind: "category", name, about: "", values: points.labels, names: points.classes };
  }
  const found = allColumns.value.find((candidate) => candidate.name === name);
  if (found) return found;
  const dim = /^z[1-9]\d*$/.test(name) ? Number(name.slice(1)) - 1 : -1;
  if (dim < 0 || dim >= dims.length) return null;
  const values = Float32Array.from({ length: points.count }, (_, i) => codes[i * dims.length + dim]);
  return { kind: "number", name, unit: "", about: `Dimension ${dim + 1} of the code.`, values };
}

/** How the points are coloured now. */
export const colouring = computed<Colouring>(() => {
  const from = column(colourName.value) ?? column("class");
  if (!from) return { kind: "plain" };
  if (from.kind === "category") return categories(from);
  const sorted = ascending(from.values);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  let [low, high] = [at(0.01), at(0.99)];
  const isCentred = /^z\d+$/.test(from.name);
  if (isCentred) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  return { kind: "number", column: from, low, high, ramp: ramp(isCentred, paper.value) };
});

/** The 20 largest get colours, in their own order; the others share one. */
function categories(from: OpenedColumn & { kind: "category" }): Colouring {
  const { names, values } = from;
  const { classes, unknownClass } = opened.value!.points;
  const counts = countsOf(values, names.length);
  const isUnknown = (value: number) => names === classes && value === unknownClass;
  const largest = [...names.keys()].filter((value) => !isUnknown(value)).sort((a, b) => counts[b] - counts[a]);
  const own = new Set(names.length > CLASS_COLOURS ? largest.slice(0, CLASS_COLOURS) : largest);
  const found: Category[] = [...own]
    .sort((a, b) => a - b)
    .map((value, rank) => ({ values: [value], name: names[value], colour: classColour(rank, paper.value) }));
  const rest = [...names.keys()].filter((value) => !own.has(value) && !isUnknown(value));
  const grey = unknownColour(paper.value);
  if (rest.length > 0) found.push({ values: rest, name: `${rest.length} others`, colour: grey });
  if (names === classes && unknownClass !== null) {
    found.push({ values: [unknownClass], name: names[unknownClass], colour: grey });
  }
  const of = new Uint8Array(names.length);
  found.forEach((category, i) => category.values.forEach((value) => (of[value] = i)));
  return { kind: "category", column: from, categories: found, of };
}

export function countsOf(values: Numbers, categories: number, among?: Uint32Array | null): Uint32Array {
  const counts = new Uint32Array(categories);
  if (among) for (const point of among) counts[values[point]]++;
  else for (const value of values) counts[value]++;
  return counts;
}

// Other colours have other categories.
effect(() => {
  void colourName.value;
  if (hiddenCategories.peek().size > 0) hiddenCategories.value = new Set();
});

const every = () => true;

/** Points whose category is on. */
export const isShown = computed<(point: number) => boolean>(() => {
  const now = colouring.value;
  const hidden = hiddenCategories.value;
  if (now.kind !== "category" || hidden.size === 0) return every;
  return (point) => !hidden.has(now.column.values[point]);
});

/** For each point 1 where it is meant: of the selection, if there is one, and of a category that is on. */
export const isMeant = computed(() => {
  const shown = isShown.value;
  const found = new Uint8Array(opened.value!.points.count);
  if (!selection.value) return shown === every ? found.fill(1) : found.map((_, point) => Number(shown(point)));
  for (const point of selection.value) found[point] = Number(shown(point));
  return found;
});

/** For each point red, green, blue, and 255 where it is meant, 0 where it is grey. */
export const pointColours = computed(() => {
  const { count } = opened.value!.points;
  const now = colouring.value;
  const meant = isMeant.value;
  const bytes = new Uint8Array(4 * count);
  const span = now.kind === "number" ? now.high - now.low || 1 : 1;
  const unknown = unknownColour(paper.value);
  for (let point = 0; point < count; point++) {
    let colour: Rgb = PLAIN;
    if (now.kind === "category") colour = now.categories[now.of[now.column.values[point]]].colour;
    else if (now.kind === "number") {
      const share = (now.column.values[point] - now.low) / span;
      colour = Number.isNaN(share) ? unknown : now.ramp[Math.round(255 * Math.min(1, Math.max(0, share)))];
    }
    bytes[4 * point] = colour[0];
    bytes[4 * point + 1] = colour[1];
    bytes[4 * point + 2] = colour[2];
    bytes[4 * point + 3] = 255 * meant[point];
  }
  return bytes;
});
