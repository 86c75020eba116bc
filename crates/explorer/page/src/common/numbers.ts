/** Numbers as people read them. */

/** Four significant digits; large and tiny ones as powers of ten. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e6 || size < 1e-3) ? value.toExponential(2) : `${Number(value.toPrecision(4))}`;
  return text.replace("+", "").replaceAll("-", "−");
}

/** Two decimals, without a sign before zero. */
export function decimals(value: number): string {
  return (Math.round(100 * value) / 100 || 0).toFixed(2);
}

/** Share of `sorted`, ascending, that is below `value`, ties half counted; in [0, 1]. */
export function rank(sorted: Float32Array, value: number): number {
  const below = bound(sorted, value, (a, b) => a < b);
  const upTo = bound(sorted, value, (a, b) => a <= b);
  return (below + upTo) / 2 / sorted.length;
}

/** How many at the beginning of `sorted` are `before` the value. */
function bound(sorted: Float32Array, value: number, before: (a: number, b: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(sorted[middle], value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The numbers among `values`, ascending. */
export function ascending(values: Float32Array): Float32Array {
  return values.filter(Number.isFinite).sort();
}

/** Counts in equal bins from `low` to `high`; values outside are in the outermost. */
export function histogram(values: Float32Array, low: number, high: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const scale = high > low ? bins / (high - low) : 0;
  for (const value of values) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - low) * scale)))]++;
  return counts;
}
