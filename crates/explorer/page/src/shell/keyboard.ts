/** All keys, in one list: the help shows it, and the page obeys it. */

import { colourChoices } from "../map/colouring";
import { fitted, flyTo, pan, stop, zoomed } from "../map/camera";
import { stepBy } from "../map/walk";
import { invert, select, step } from "../selection/choose";
import {
  camera, colourName, focused, hovered, layer, mapSize, mode, model, selection, showsImages, showsManifold, tab, type Mode,
  type Tab,
} from "../state";
import { dialog } from "./dialogs";
import { chooseLayer } from "./model";
import { TABS } from "./tabs";
import { switchTheme } from "./theme";

interface Key {
  /** As people read them. */
  keys: string[];
  does: string;
  /** By `KeyboardEvent.key`. */
  on: Record<string, (event: KeyboardEvent) => void>;
}

const focusOn = (id: string) => document.getElementById(id)?.focus();
const set = (to: Mode) => () => {
  mode.value = to;
  focusOn("map");
};
const open = (to: Tab) => () => {
  tab.value = to;
  focusOn(`tab-${to}`);
};
const zoom = (factor: number) => () => flyTo(zoomed(camera.value, factor, mapSize.value.width / 2, mapSize.value.height / 2));

/** Arrows walk in the mode Walk, else the map pans; shift goes five times as far. */
const arrow = (right: number, up: number) => (event: KeyboardEvent) => {
  const far = event.shiftKey ? 5 : 1;
  if (mode.value === "walk") stepBy(right * far, up * far);
  else {
    stop();
    pan(-right * far * 40, up * far * 40);
  }
};

function after<T>(list: T[], now: T): T {
  return list[(list.indexOf(now) + 1) % list.length];
}

function nextColour(): void {
  colourName.value = after(colourChoices.value.flatMap(({ names }) => names), colourName.value);
}

/** Esc ends the nearest thing. */
function escape(): void {
  if (focused.value !== null) focused.value = null;
  else if (selection.value) select(null);
  hovered.value = null;
}

export const KEYS: { title: string; keys: Key[] }[] = [
  {
    title: "Move",
    keys: [
      {
        keys: ["←", "↑", "→", "↓"], does: "walk, or pan (with Shift farther)",
        on: { ArrowLeft: arrow(-1, 0), ArrowRight: arrow(1, 0), ArrowUp: arrow(0, 1), ArrowDown: arrow(0, -1) },
      },
      { keys: ["+", "−"], does: "closer, farther", on: { "+": zoom(1.4), "=": zoom(1.4), "-": zoom(1 / 1.4) } },
      { keys: ["0"], does: "everything", on: { "0": () => flyTo(fitted()) } },
      { keys: ["[", "]"], does: "point before, next point", on: { "[": () => step(-1), "]": () => step(1) } },
    ],
  },
  {
    title: "On the map, a drag",
    keys: [
      { keys: ["W"], does: "walks", on: { w: set("walk") } },
      { keys: ["V"], does: "pans", on: { v: set("pan") } },
      { keys: ["L"], does: "draws a lasso", on: { l: set("lasso") } },
      { keys: ["R"], does: "draws a rectangle", on: { r: set("rectangle") } },
      { keys: ["X"], does: "inverts the selection", on: { x: invert } },
      { keys: ["Esc"], does: "lets go of the point, then of the selection", on: { Escape: escape } },
    ],
  },
  {
    title: "Look",
    keys: [
      { keys: ["P"], does: "next map", on: { p: () => chooseLayer(after(model.value.layers, layer.value).kind) } },
      { keys: ["C"], does: "next colour", on: { c: nextColour } },
      { keys: ["I"], does: "images on or off", on: { i: () => (showsImages.value = !showsImages.value) } },
      { keys: ["M"], does: "decoded background on or off", on: { m: () => (showsManifold.value = !showsManifold.value) } },
      { keys: ["T"], does: "light or dark", on: { t: switchTheme } },
    ],
  },
  {
    title: "Go to",
    keys: [
      { keys: ["/"], does: "search", on: { "/": () => focusOn("search") } },
      {
        keys: ["1", "…", "5"], does: "panels",
        on: Object.fromEntries(["1", "2", "3", "4", "5"].map((key, i) => [key, open(TABS[i].tab)])),
      },
      { keys: ["?"], does: "this help", on: { "?": () => (dialog.value = "help") } },
    ],
  },
];

const BY_KEY = new Map(KEYS.flatMap(({ keys }) => keys.flatMap(({ on }) => Object.entries(on))));

/** Obeys keys, except where somebody writes or a control has its own use for them. */
export function obey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.value) return;
  const target = event.target as HTMLElement;
  if (target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (event.key.startsWith("Arrow") && target !== document.body && target.id !== "map") return;
  const does = BY_KEY.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!does) return;
  event.preventDefault();
  does(event);
}
