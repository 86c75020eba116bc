/**
 * The product of `src/inference/machine.ts` in vectors of four: tiles of four output pixels and eight channels, whose sums
 * stay in registers. Places are in bytes.
 *
 * Where fewer than four pixels are left, the last one is computed again instead.
 */

const BLOCK: i32 = 8;
const FLOAT: i32 = 4;

@inline
function store(to: usize, low: v128, high: v128, count: i32): void {
  if (count >= BLOCK) {
    v128.store(to, low);
    v128.store(to, high, 16);
    return;
  }
  f32.store(to, f32x4.extract_lane(low, 0));
  if (count > 1) f32.store(to, f32x4.extract_lane(low, 1), 4);
  if (count > 2) f32.store(to, f32x4.extract_lane(low, 2), 8);
  if (count > 3) f32.store(to, f32x4.extract_lane(low, 3), 12);
  if (count > 4) f32.store(to, f32x4.extract_lane(high, 0), 16);
  if (count > 5) f32.store(to, f32x4.extract_lane(high, 1), 20);
  if (count > 6) f32.store(to, f32x4.extract_lane(high, 2), 24);
}

@inline
function fused(x: v128, w: v128, sum: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, w));
}

export function multiply(
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  rows: i32,
  columns: i32,
  inputRowStep: i32,
  inputColumnStep: i32,
  taps: i32,
  tapStep: i32,
  run: i32,
  outputRowStep: i32,
  outputColumnStep: i32,
  channels: i32,
): void {
  const pixels = rows * columns;
  const last = pixels - 1;
  const unrolled: i32 = run & ~3;
  for (let channel = 0; channel < channels; channel += BLOCK) {
    const low = v128.load(bias);
    const high = v128.load(bias, 16);
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      const second = min(pixel + 1, last);
      const third = min(pixel + 2, last);
      const fourth = min(pixel + 3, last);
      // Where there is one row, nothing is divided.
      const rowA = pixel < columns ? 0 : pixel / columns;
      const rowB = second < columns ? 0 : second / columns;
      const rowC = third < columns ? 0 : third / columns;
      const rowD = fourth < columns ? 0 : fourth / columns;
      const columnA = pixel - rowA * columns;
      const columnB = second - rowB * columns;
      const columnC = third - rowC * columns;
      const columnD = fourth - rowD * columns;
      let a: usize = input + rowA * inputRowStep + columnA * inputColumnStep;
      let b: usize = input + rowB * inputRowStep + columnB * inputColumnStep;
      let c: usize = input + rowC * inputRowStep + columnC * inputColumnStep;
      let d: usize = input + rowD * inputRowStep + columnD * inputColumnStep;
      let a0 = low, a1 = high, b0 = low, b1 = high, c0 = low, c1 = high, d0 = low, d1 = high;
      let w = weights;
      for (let tap = 0; tap < taps; tap++) {
        let i = 0;
        for (; i < unrolled; i += 4) {
          const w00 = v128.load(w);
          const w01 = v128.load(w, 16);
          const xa0 = v128.load32_splat(a);
          a0 = fused(xa0, w00, a0);
          a1 = fused(xa0, w01, a1);
          const xb0 = v128.load32_splat(b);
          b0 = fused(xb0, w00, b0);
          b1 = fused(xb0, w01, b1);
          const xc0 = v128.load32_splat(c);
          c0 = fused(xc0, w00, c0);
          c1 = fused(xc0, w01, c1);
          const xd0 = v128.load32_splat(d);
          d0 = fused(xd0, w00, d0);
          d1 = fused(xd0, w01, d1);
          const w10 = v128.load(w, 32);
          const w11 = v128.load(w, 48);
          const xa1 = v128.load32_splat(a, 4);
          a0 = fused(xa1, w10, a0);
          a1 = fused(xa1, w11, a1);
          const xb1 = v128.load32_splat(b, 4);
          b0 = fused(xb1, w10, b0);
          b1 = fused(xb1, w11, b1);
          const xc1 = v128.load32_splat(c, 4);
          c0 = fused(xc1, w10, c0);
          c1 = fused(xc1, w11, c1);
          const xd1 = v128.load32_splat(d, 4);
          d0 = fused(xd1, w10, d0);
          d1 = fused(xd1, w11, d1);
          const w20 = v128.load(w, 64);
          const w21 = v128.load(w, 80);
          const xa2 = v128.load32_splat(a, 8);
          a0 = fused(xa2, w20, a0);
          a1 = fused(xa2, w21, a1);
          const xb2 = v128.load32_splat(b, 8);
          b0 = fused(xb2, w20, b0);
          b1 = fused(xb2, w21, b1);
          const xc2 = v128.load32_splat(c, 8);
          c0 = fused(xc2, w20, c0);
          c1 = fused(xc2, w21, c1);
          const xd2 = v128.load32_splat(d, 8);
          d0 = fused(xd2, w20, d0);
          d1 = fused(xd2, w21, d1);
          const w30 = v128.load(w, 96);
          const w31 = v128.load(w, 112);
          const xa3 = v128.load32_splat(a, 12);
          a0 = fused(xa3, w30, a0);
          a1 = fused(xa3, w31, a1);
          const xb3 = v128.load32_splat(b, 12);
          b0 = fused(xb3, w30, b0);
          b1 = fused(xb3, w31, b1);
          const xc3 = v128.load32_splat(c, 12);
          c0 = fused(xc3, w30, c0);
          c1 = fused(xc3, w31, c1);
          const xd3 = v128.load32_splat(d, 12);
          d0 = fused(xd3, w30, d0);
          d1 = fused(xd3, w31, d1);
          w += 4 * BLOCK * FLOAT;
          a += 4 * FLOAT;
          b += 4 * FLOAT;
          c += 4 * FLOAT;
          d += 4 * FLOAT;
        }
        for (; i < run; i++) {
          const w0 = v128.load(w);
          const w1 = v128.load(w, 16);
          const xa = v128.load32_splat(a);
          a0 = fused(xa, w0, a0);
          a1 = fused(xa, w1, a1);
          const xb = v128.load32_splat(b);
          b0 = fused(xb, w0, b0);
          b1 = fused(xb, w1, b1);
          const xc = v128.load32_splat(c);
          c0 = fused(xc, w0, c0);
          c1 = fused(xc, w1, c1);
          const xd = v128.load32_splat(d);
          d0 = fused(xd, w0, d0);
          d1 = fused(xd, w1, d1);
          w += BLOCK * FLOAT;
          a += FLOAT;
          b += FLOAT;
          c += FLOAT;
          d += FLOAT;
        }
        const step = tapStep - run * FLOAT;
        a += step;
        b += step;
        c += step;
        d += step;
      }
      const count = channels - channel;
      const to: usize = output + channel * FLOAT;
      store(to + rowA * outputRowStep + columnA * outputColumnStep, a0, a1, count);
      store(to + rowB * outputRowStep + columnB * outputColumnStep, b0, b1, count);
      store(to + rowC * outputRowStep + columnC * outputColumnStep, c0, c1, count);
      store(to + rowD * outputRowStep + columnD * outputColumnStep, d0, d1, count);
    }
    bias += BLOCK * FLOAT;
    weights += taps * run * BLOCK * FLOAT;
  }
}
