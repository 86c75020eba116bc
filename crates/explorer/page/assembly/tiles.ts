/**
 * Both ends of a convolution by Winograd's tiles F(2 × 2, 3 × 3) (Lavin & Gray 2016), four channels at a time. Places and
 * steps are in bytes; channels are whole vectors.
 */

const VECTOR: usize = 16;

/**
 * Tiles of 4 × 4 pixels, which overlap by two, as Bᵀ d B: [16, rows, columns, channels], `plane` bytes each of the 16.
 */
export function gather(
  image: usize,
  rowStep: usize,
  pixelStep: usize,
  rows: i32,
  columns: i32,
  planes: usize,
  plane: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const tile: usize = image + 2 * (<usize>row * rowStep + <usize>column * pixelStep);
      for (let channel: usize = 0; channel < pixelStep; channel += VECTOR) {
        let to: usize = planes + channel;
        for (let i = 0; i < 4; i++) {
          // Row i of Bᵀ is the difference of two of the tile's rows, or (the second) their sum.
          const p = tile + channel + (i == 0 ? 0 : i == 2 ? 2 : 1) * rowStep;
          const q = tile + channel + (i == 3 ? 3 : i == 2 ? 1 : 2) * rowStep;
          const sign = f32x4.splat(i == 1 ? 1 : -1);
          const a = joined(p, q, sign);
          const b = joined(p + pixelStep, q + pixelStep, sign);
          const c = joined(p + 2 * pixelStep, q + 2 * pixelStep, sign);
          const d = joined(p + 3 * pixelStep, q + 3 * pixelStep, sign);
          v128.store(to, f32x4.sub(a, c));
          v128.store(to + plane, f32x4.add(b, c));
          v128.store(to + 2 * plane, f32x4.sub(c, b));
          v128.store(to + 3 * plane, f32x4.sub(b, d));
          to += 4 * plane;
        }
      }
      planes += pixelStep;
    }
  }
}

@inline
function joined(p: usize, q: usize, sign: v128): v128 {
  return f32x4.add(v128.load(p), f32x4.mul(sign, v128.load(q)));
}

/**
 * 2 × 2 pixels of every tile as Aᵀ m A, from [16, rows, columns, channels]; of those on the edge only what is within
 * `height` and `width`.
 */
export function scatter(
  planes: usize,
  plane: usize,
  rows: i32,
  columns: i32,
  image: usize,
  pixelStep: usize,
  height: i32,
  width: i32,
): void {
  const rowStep: usize = <usize>width * pixelStep;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const tile: usize = image + 2 * (<usize>row * rowStep + <usize>column * pixelStep);
      for (let channel: usize = 0; channel < pixelStep; channel += VECTOR) {
        for (let i = 0; i < 2 && 2 * row + i < height; i++) {
          const from = planes + channel + <usize>i * 4 * plane;
          const sign = f32x4.splat(i == 0 ? 1 : -1);
          const a = summed(from, 4 * plane, sign);
          const b = summed(from + plane, 4 * plane, sign);
          const c = summed(from + 2 * plane, 4 * plane, sign);
          const d = summed(from + 3 * plane, 4 * plane, sign);
          const to = tile + channel + <usize>i * rowStep;
          v128.store(to, f32x4.add(f32x4.add(a, b), c));
          if (2 * column + 1 < width) v128.store(to + pixelStep, f32x4.sub(f32x4.sub(b, c), d));
        }
      }
      planes += pixelStep;
    }
  }
}

/** m + sign · (the next + sign · the one after): the rows 1, 1, 1, 0 and 0, 1, −1, −1 of Aᵀ. */
@inline
function summed(from: usize, step: usize, sign: v128): v128 {
  const next = f32x4.mul(sign, v128.load(from + step));
  return f32x4.add(f32x4.add(v128.load(from), next), f32x4.mul(sign, v128.load(from + 2 * step)));
}
