/** The points whose codes lie nearest to a code. */

export interface Neighbour {
  point: number;
  /** Euclidean, between codes. */
  distance: number;
}

/** The `count` nearest of `codes` [n, dims], nearest first; `except` is left out. */
export function nearest(codes: Float32Array, code: Float32Array, count: number, except = -1): Neighbour[] {
  const dims = code.length;
  const found: Neighbour[] = []; // distances squared, ascending
  let worst = Infinity;
  for (let point = 0, at = 0; at < codes.length; point++, at += dims) {
    if (point === except) continue;
    let distance = 0;
    for (let k = 0; k < dims && distance < worst; k++) distance += (codes[at + k] - code[k]) ** 2;
    if (!(distance < worst)) continue;
    let place = found.length;
    while (place > 0 && found[place - 1].distance > distance) place--;
    found.splice(place, 0, { point, distance });
    if (found.length > count) found.pop();
    if (found.length === count) worst = found[count - 1].distance;
  }
  return found.map(({ point, distance }) => ({ point, distance: Math.sqrt(distance) }));
}
