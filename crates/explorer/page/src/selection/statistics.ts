/** Numbers of a selection beside those of all points. */

export interface Moments {
  count: number;
  mean: number;
  deviation: number;
}

/** Mean and standard deviation (over n) of the finite values of some points, or of all. */
export function moments(values: Float32Array, among: Uint32Array | null): Moments {
  const length = among ? among.length : values.length;
  let [count, mean, squares] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const value = values[among ? among[i] : i];
    if (!Number.isFinite(value)) continue;
    count++;
    const away = value - mean;
    mean += away / count;
    squares += away * (value - mean);
  }
  return count > 0 ? { count, mean, deviation: Math.sqrt(squares / count) } : { count, mean: NaN, deviation: NaN };
}
