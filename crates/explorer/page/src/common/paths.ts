/** Ways between codes, and sums of them. */

/** The straight way: share 0 is `from`, share 1 is `to`. */
export function lerp(from: Float32Array, to: Float32Array, share: number): Float32Array {
  return from.map((value, i) => value + share * (to[i] - value));
}

/**
 * The spherical way (Shoemake 1985), around the origin: the direction turns evenly, and the length goes evenly from one to
 * the other. Straight where either end has no direction or they point the same or opposite ways.
 */
export function slerp(from: Float32Array, to: Float32Array, share: number): Float32Array {
  const [a, b] = [length(from), length(to)];
  let cosine = 0;
  for (let i = 0; i < from.length; i++) cosine += (from[i] / a) * (to[i] / b);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (!(sine > 1e-6)) return lerp(from, to, share);
  const radius = a + share * (b - a);
  const [p, q] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((value, i) => radius * (p * (value / a) + q * (to[i] / b)));
}

/** Euclidean length. */
export function length(code: Float32Array): number {
  return Math.hypot(...code);
}

/** `frames` codes from one end to the other, both included, one after the other. */
export function way(from: Float32Array, to: Float32Array, frames: number, isSpherical: boolean): Float32Array {
  const codes = new Float32Array(frames * from.length);
  const step = isSpherical ? slerp : lerp;
  for (let frame = 0; frame < frames; frame++) {
    codes.set(step(from, to, frames > 1 ? frame / (frames - 1) : 0), frame * from.length);
  }
  return codes;
}

/** a − b + c. */
export function analogy(a: Float32Array, b: Float32Array, c: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i] + c[i]);
}

/** Mean of some of `codes` [n, dims]; null of none. */
export function meanOf(codes: Float32Array, dims: number, points: Iterable<number>): Float32Array | null {
  const sums = new Float64Array(dims);
  let count = 0;
  for (const point of points) {
    for (let k = 0; k < dims; k++) sums[k] += codes[point * dims + k];
    count++;
  }
  return count > 0 ? Float32Array.from(sums, (sum) => sum / count) : null;
}
