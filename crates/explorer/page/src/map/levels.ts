/**
 * Which points become images first. The map is cut into ever smaller squares, a quarter at a time; in each square the first
 * point, in the points' order, gets an image as soon as the squares are large enough on the screen. So images never jump
 * while one pans, and each zoom keeps those there were.
 */

import type { Rectangle } from "./camera";

/** Deeper than any zoom reaches. */
export const DEEPEST = 20;

/** For each point the level from which on it is an image: level n has 4ⁿ squares. Points that do not count have none. */
export function levels(
  positions: Float32Array, [left, bottom, right, top]: Rectangle, counts: (point: number) => boolean,
): Uint8Array {
  const size = Math.max(right - left, top - bottom, 1e-9);
  const count = positions.length / 2;
  const found = new Uint8Array(count).fill(255);
  // A tree: for each square its four quarters, and the point that has it. A quarter 0 is not there yet.
  const quarters = new Int32Array(4 * 2 * (count + 2) * 4);
  const owners: number[] = [-1];
  for (let point = 0; point < count; point++) {
    const x = (positions[2 * point] - left) / size;
    const y = (positions[2 * point + 1] - bottom) / size;
    if (!Number.isFinite(x + y) || !counts(point)) continue;
    let node = 0;
    for (let level = 0; level <= DEEPEST; level++) {
      if (owners[node] < 0) {
        owners[node] = point;
        found[point] = level;
        break;
      }
      // The one who has this square has the quarter that it is in, too.
      const owner = owners[node];
      const half = 2 ** (level + 1);
      const quarter = (u: number, v: number) => (Math.floor(u * half) & 1) + 2 * (Math.floor(v * half) & 1);
      const taken = 4 * node + quarter((positions[2 * owner] - left) / size, (positions[2 * owner + 1] - bottom) / size);
      if (quarters[taken] === 0) quarters[taken] = owners.push(owner) - 1;
      const next = 4 * node + quarter(x, y);
      if (quarters[next] === 0) quarters[next] = owners.push(-1) - 1;
      node = quarters[next];
      if (4 * node + 8 > quarters.length) return found; // more squares than there is room for: the rest stay dots
    }
  }
  return found;
}
