/** From the layer's units to pixels of the map and back, and ways to move. */

import { isStill } from "../shell/theme";
import { camera, mapSize, positions, type Camera } from "../state";

export type Rectangle = [left: number, bottom: number, right: number, top: number];

export function toScreen(x: number, y: number): [number, number] {
  const { width, height } = mapSize.value;
  const now = camera.value;
  return [width / 2 + (x - now.x) * now.scale, height / 2 - (y - now.y) * now.scale];
}

export function toMap(left: number, top: number): [number, number] {
  const { width, height } = mapSize.value;
  const now = camera.value;
  return [now.x + (left - width / 2) / now.scale, now.y - (top - height / 2) / now.scale];
}

/** The rectangle that holds all points; of a single place, a unit around it. */
export function bounds(of: Float32Array): Rectangle {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < of.length; i += 2) {
    const [x, y] = [of[i], of[i + 1]];
    if (!Number.isFinite(x + y)) continue;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  if (left > right) return [-1, -1, 1, 1];
  return left < right || bottom < top ? [left, bottom, right, top] : [left - 1, bottom - 1, right + 1, top + 1];
}

/** A camera that sees a rectangle, with a margin in pixels, and others on the left and the right. */
export function cameraFor([left, bottom, right, top]: Rectangle, margin = 0, before = 0, after = 0): Camera {
  const { width, height } = mapSize.value;
  const across = Math.max(width - 2 * margin - before - after, 1) / Math.max(right - left, 1e-9);
  const up = Math.max(height - 2 * margin, 1) / Math.max(top - bottom, 1e-9);
  const scale = Math.min(across, up, 1e9);
  return { x: (left + right + (after - before) / scale) / 2, y: (bottom + top) / 2, scale };
}

/** Whether the map is so small that cards would hide it. */
export const isSmall = () => mapSize.value.width < 560;

/** Room for the buttons on the left, and for the legend on the right, which is folded on a small map. */
const TOOLS = 44;
const LEGEND = 170;

/** A camera that sees the whole layer. */
export function fitted(): Camera {
  return cameraFor(extent(), Math.min(48, mapSize.value.width / 20), TOOLS, isSmall() ? 0 : LEGEND);
}

/** Where the points lie; looked for once on each layer. */
let measured: { of: Float32Array; extent: Rectangle } | undefined;
export function extent(): Rectangle {
  const of = positions.value;
  if (measured?.of !== of) measured = { of, extent: bounds(of) };
  return measured.extent;
}

/** What is in sight. */
export function inSight(): Rectangle {
  const { width, height } = mapSize.value;
  const [left, bottom] = toMap(0, height);
  const [right, top] = toMap(width, 0);
  return [left, bottom, right, top];
}

export function pan(right: number, down: number): void {
  stop();
  const now = camera.value;
  camera.value = { ...now, x: now.x - right / now.scale, y: now.y + down / now.scale };
}

/** Zooms so that what is at a pixel stays there; not closer than the numbers allow, not much farther than everything. */
export function zoomed(now: Camera, factor: number, left: number, top: number): Camera {
  const { width, height } = mapSize.value;
  const whole = fitted().scale;
  const scale = Math.min(Math.max(now.scale * factor, whole / 4), whole * 2000);
  const shift = 1 / now.scale - 1 / scale;
  return { x: now.x + (left - width / 2) * shift, y: now.y - (top - height / 2) * shift, scale };
}

export function zoomAt(factor: number, left = mapSize.value.width / 2, top = mapSize.value.height / 2): void {
  stop();
  camera.value = zoomed(camera.value, factor, left, top);
}

let running = 0;

export function stop(): void {
  cancelAnimationFrame(running);
  running = 0;
}

/** Moves in a third of a second: the zoom evenly, the middle so that both arrive together. */
export function flyTo(to: Camera): void {
  stop();
  if (isStill()) {
    camera.value = to;
    return;
  }
  const from = camera.value;
  const began = performance.now();
  const step = () => {
    const time = Math.min(1, (performance.now() - began) / 350);
    const share = ease(time);
    const scale = from.scale * (to.scale / from.scale) ** share;
    const isZoom = Math.abs(to.scale / from.scale - 1) > 1e-6;
    const moved = isZoom ? (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale) : share;
    camera.value = { x: from.x + (to.x - from.x) * moved, y: from.y + (to.y - from.y) * moved, scale };
    running = time < 1 ? requestAnimationFrame(step) : 0;
    if (time === 1) camera.value = to;
  };
  running = requestAnimationFrame(step);
}

export const ease = (time: number) => time * time * (3 - 2 * time);

/** Brings a place to the middle, at least at `zoom` times the whole map's scale. */
export function centre(x: number, y: number, zoom = 0): void {
  flyTo({ x, y, scale: Math.max(camera.value.scale, zoom * fitted().scale) });
}
