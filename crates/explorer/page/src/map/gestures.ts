/** Mouse, touch and wheel on the map. */

import { signal } from "@preact/signals";

import { selectWithin } from "../selection/choose";
import type { Outline, Way } from "../selection/lasso";
import { camera, hovered, mode, type Place } from "../state";
import { flyTo, pan, toMap, zoomAt, zoomed } from "./camera";
import { clickAt, grabbed, isNew, pick, walkTo } from "./walk";

/** The lasso or rectangle that is being drawn, in pixels of the map. */
export const drawn = signal<Outline>([]);
/** Where the pointer walks, in pixels of the map: the decoded image floats there. */
export const walking = signal<[number, number] | null>(null);

/** A press that moves less is a click. */
const CLICK = 5;

interface Press {
  begin: [number, number];
  now: [number, number];
  does: "walk" | "pan" | "lasso" | "rectangle";
  hasMoved: boolean;
  /** The code that a walk takes along. */
  takes: Place | undefined;
}

/** Listens on the map's element. */
export function listen(map: HTMLElement): () => void {
  const presses = new Map<number, Press>();
  const at = (event: MouseEvent): [number, number] => {
    const { left, top } = map.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const reach = (event: PointerEvent) => (event.pointerType === "touch" ? 22 : 9);

  function down(event: PointerEvent): void {
    const place = at(event);
    map.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault(); // else the browser scrolls
    const does = event.button === 1 || event.button === 2 ? "pan" : mode.value;
    presses.set(event.pointerId, { begin: place, now: place, does, hasMoved: false, takes: grabbed(...place, reach(event)) });
    hovered.value = null;
    isNew.value = false;
    if (presses.size > 1) {
      // A second finger: the map moves under both, and what the first began is over.
      for (const press of presses.values()) [press.does, press.hasMoved] = ["pan", true];
      drawn.value = [];
      walking.value = null;
    } else if (does === "lasso" || does === "rectangle") drawn.value = [place];
  }

  function move(event: PointerEvent): void {
    const place = at(event);
    const press = presses.get(event.pointerId);
    if (!press) {
      if (event.pointerType !== "touch") hovered.value = pick(...place, reach(event));
      map.toggleAttribute("data-grabs", mode.value === "walk" && grabbed(...place, reach(event)) !== undefined);
      return;
    }
    const before = press.now;
    const other = [...presses.values()].find((candidate) => candidate !== press);
    press.now = place;
    if (other) {
      pinch(before, place, other.now);
      return;
    }
    if (Math.hypot(place[0] - press.begin[0], place[1] - press.begin[1]) > CLICK) press.hasMoved = true;
    if (!press.hasMoved) return;
    if (press.does === "pan") pan(place[0] - before[0], place[1] - before[1]);
    else if (press.does === "walk") walk(place, press.takes);
    else if (press.does === "lasso") drawn.value = [...drawn.value, place];
    else drawn.value = corners(press.begin, place);
  }

  function up(event: PointerEvent): void {
    const press = presses.get(event.pointerId);
    presses.delete(event.pointerId);
    walking.value = null;
    if (!press) return;
    const outline = drawn.value;
    drawn.value = [];
    if (event.type === "pointercancel" || event.button === 2) return;
    if (!press.hasMoved) clickAt(...press.now, reach(event), press.does === "walk");
    else if (outline.length > 2) selectWithin(outline.map(([x, y]) => toMap(x, y)), wayOf(event));
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const strength = event.ctrlKey ? 0.01 : 0.0016; // ctrl: a pinch on a trackpad
    zoomAt(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * lines)) * strength), ...at(event));
  }

  function double(event: MouseEvent): void {
    event.preventDefault();
    flyTo(zoomed(camera.value, event.shiftKey ? 0.5 : 2, ...at(event)));
  }

  const leave = () => (hovered.value = null);
  const menu = (event: Event) => event.preventDefault();
  const listeners: [string, (event: never) => void][] = [
    ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", up], ["pointerleave", leave],
    ["wheel", wheel], ["dblclick", double], ["contextmenu", menu],
  ];
  for (const [name, does] of listeners) map.addEventListener(name, does as EventListener, { passive: false });
  return () => listeners.forEach(([name, does]) => map.removeEventListener(name, does as EventListener));
}

function walk(place: [number, number], takes: Place | undefined): void {
  walking.value = place;
  walkTo(...toMap(...place), takes);
}

/** One of two fingers went from `before` to `now`; the other rests. */
function pinch(before: [number, number], now: [number, number], other: [number, number]): void {
  const apart = (a: [number, number]) => Math.max(20, Math.hypot(a[0] - other[0], a[1] - other[1]));
  pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  zoomAt(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}

function corners([a, b]: [number, number], [c, d]: [number, number]): Outline {
  return [[a, b], [c, b], [c, d], [a, d]];
}

function wayOf(event: MouseEvent): Way {
  return event.altKey ? "subtract" : event.shiftKey ? "add" : "replace";
}
