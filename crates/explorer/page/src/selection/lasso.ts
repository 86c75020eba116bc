/** Points within an outline. */

export type Outline = [number, number][];

/** Whether a place is inside: an odd number of sides lies to its right. */
export function isInside(x: number, y: number, outline: Outline): boolean {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [xi, yi] = outline[i];
    const [xj, yj] = outline[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Points within, ascending; only those that count. */
export function pointsWithin(positions: Float32Array, outline: Outline, counts: (point: number) => boolean): Uint32Array {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const found: number[] = [];
  for (let point = 0; point < positions.length / 2; point++) {
    const [x, y] = [positions[2 * point], positions[2 * point + 1]];
    if (x >= left && x <= right && y >= bottom && y <= top && counts(point) && isInside(x, y, outline)) found.push(point);
  }
  return Uint32Array.from(found);
}

export type Way = "replace" | "add" | "subtract";

/** Ascending. */
export function combine(before: Uint32Array | null, now: Uint32Array, way: Way): Uint32Array {
  if (way === "replace" || !before) return way === "subtract" ? new Uint32Array() : now;
  const set = new Set(before);
  for (const point of now) way === "add" ? set.add(point) : set.delete(point);
  return Uint32Array.from(set).sort();
}

/** The others among `count`, ascending. */
export function inverse(of: Uint32Array, count: number): Uint32Array {
  const isIn = new Uint8Array(count);
  for (const point of of) isIn[point] = 1;
  return Uint32Array.from(isIn.keys()).filter((point) => !isIn[point]);
}
