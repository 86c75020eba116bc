//! The transforms of Winograd's convolution with tiles of 6 × 6 (Winograd 1980; Lavin & Gray 2016, *Fast
//! algorithms for convolutional neural networks*), on the points 0, ±1, ±2 and ∞.
//!
//! Y = Aᵀ [(G K Gᵀ) ⊙ (Bᵀ d B)] A gives m × m outputs of an r × r kernel from a 6 × 6 patch d, with m = 7 − r: 4
//! for r = 3, 2 for r = 5. The derivatives are the transposed maps: of K, Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G. Each
//! transform runs along vectors of channels and lays position (i, j) of all tiles out as one matrix, so that ⊙
//! becomes 36 products of matrices.
#![allow(unsafe_code)]
// Rows and columns of small squares are clearer by number.
#![allow(clippy::needless_range_loop)]

use super::pack::{packed_len_for, panel_vectors};
use super::{get, put, vectors};
use crate::shared::Shared;
use crate::simd::{Kernel, Real, Simd};

/// Side of a patch.
pub(crate) const SIDE: usize = 6;
/// Matrices that the products run over.
pub(crate) const POSITIONS: usize = SIDE * SIDE;

/// Where one tile of outputs lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    /// Its first pixel.
    pub at: u32,
    /// Rows and columns of it that are inside the image.
    pub rows: u8,
    pub columns: u8,
}

/// Pixels of an image: values from one row to the next, and channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pixels {
    pub pitch: usize,
    pub channels: usize,
}

/// One of the transforms above along one line. (Closures would not inherit the target features.)
pub(crate) trait Line<const FROM: usize, const TO: usize> {
    /// # Safety
    /// S's features are on.
    unsafe fn apply<S: Simd>(x: [S::V; FROM]) -> [S::V; TO];
}

/// A square of numbers through a transform, down its columns and then along its rows.
#[inline(always)]
unsafe fn square<S: Simd, L: Line<FROM, TO>, const FROM: usize, const TO: usize>(
    x: [[S::V; FROM]; FROM],
) -> [[S::V; TO]; TO] {
    // SAFETY: S's features are on, as for the caller.
    unsafe {
        let zero = S::splat(S::T::ZERO);
        let mut half = [[zero; FROM]; TO];
        for j in 0..FROM {
            let mut column = [zero; FROM];
            for i in 0..FROM {
                column[i] = x[i][j];
            }
            let column = L::apply::<S>(column);
            for i in 0..TO {
                half[i][j] = column[i];
            }
        }
        let mut out = [[zero; TO]; TO];
        for i in 0..TO {
            out[i] = L::apply::<S>(half[i]);
        }
        out
    }
}

/// Bᵀ d
struct Patch;

impl Line<6, 6> for Patch {
    #[inline(always)]
    unsafe fn apply<S: Simd>(d: [S::V; 6]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (minus_four, minus_five) = (number::<S>(-4.0), number::<S>(-5.0));
            let (four, two) = (number::<S>(4.0), number::<S>(2.0));
            let even = S::fma(minus_four, d[2], d[4]);
            let odd = S::fma(minus_four, d[1], d[3]);
            let (even_2, odd_2) = (S::sub(d[4], d[2]), S::mul(two, S::sub(d[3], d[1])));
            [
                S::fma(four, d[0], S::fma(minus_five, d[2], d[4])),
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                S::fma(four, d[1], S::fma(minus_five, d[3], d[5])),
            ]
        }
    }
}

/// Aᵀ m, the first `M` of 4 or 2.
struct Output<const M: usize>;

impl<const M: usize> Line<6, M> for Output<M> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(m: [S::V; 6]) -> [S::V; M] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sum, difference) = (S::add(m[1], m[2]), S::sub(m[1], m[2]));
            let (sum_2, difference_2) = (S::add(m[3], m[4]), S::sub(m[3], m[4]));
            let mut y = [S::splat(S::T::ZERO); M];
            y[0] = S::add(m[0], S::add(sum, sum_2));
            y[1] = S::fma(number::<S>(2.0), difference_2, difference);
            if M == 4 {
                y[2] = S::fma(number::<S>(4.0), sum_2, sum);
                y[3] = S::fma(number::<S>(8.0), difference_2, difference);
            }
            y[M - 1] = S::add(y[M - 1], m[5]);
            y
        }
    }
}

/// A y
struct Spread<const M: usize>;

impl<const M: usize> Line<M, 6> for Spread<M> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(y: [S::V; M]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let two = number::<S>(2.0);
            let (mut even, mut odd, mut even_2, mut odd_2) = (y[0], y[1], y[0], S::mul(two, y[1]));
            if M == 4 {
                even = S::add(even, y[2]);
                odd = S::add(odd, y[3]);
                even_2 = S::fma(number::<S>(4.0), y[2], even_2);
                odd_2 = S::fma(number::<S>(8.0), y[3], odd_2);
            }
            [
                y[0],
                S::add(even, odd),
                S::sub(even, odd),
                S::add(even_2, odd_2),
                S::sub(even_2, odd_2),
                y[M - 1],
            ]
        }
    }
}

/// G k, of 3 or 5 taps.
struct Taps<const R: usize>;

impl<const R: usize> Line<R, 6> for Taps<R> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(k: [S::V; R]) -> [S::V; 6] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let four = number::<S>(4.0);
            let (mut even, mut odd) = (S::add(k[0], k[2]), k[1]);
            let (mut even_2, mut odd_2) = (S::fma(four, k[2], k[0]), S::mul(number::<S>(2.0), k[1]));
            if R == 5 {
                even = S::add(even, k[4]);
                odd = S::add(odd, k[3]);
                even_2 = S::fma(number::<S>(16.0), k[4], even_2);
                odd_2 = S::fma(number::<S>(8.0), k[3], odd_2);
            }
            let (sixth, rest) = (number::<S>(-1.0 / 6.0), number::<S>(1.0 / 24.0));
            [
                S::mul(number::<S>(0.25), k[0]),
                S::mul(sixth, S::add(even, odd)),
                S::mul(sixth, S::sub(even, odd)),
                S::mul(rest, S::add(even_2, odd_2)),
                S::mul(rest, S::sub(even_2, odd_2)),
                k[R - 1],
            ]
        }
    }
}

/// Gᵀ u
struct Gather<const R: usize>;

impl<const R: usize> Line<6, R> for Gather<R> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(u: [S::V; 6]) -> [S::V; R] {
        // SAFETY: S's features are on, as for the caller.
        unsafe {
            let (sixth, rest) = (number::<S>(-1.0 / 6.0), number::<S>(1.0 / 24.0));
            let (even, odd) = (S::mul(sixth, S::add(u[1], u[2])), S::mul(sixth, S::sub(u[1], u[2])));
            let (even_2, odd_2) = (S::mul(rest, S::add(u[3], u[4])), S::mul(rest, S::sub(u[3], u[4])));
            let mut k = [S::splat(S::T::ZERO); R];
            k[0] = S::fma(number::<S>(0.25), u[0], S::add(even, even_2));
            k[1] = S::fma(number::<S>(2.0), odd_2, odd);
            k[2] = S::fma(number::<S>(4.0), even_2, even);
            if R == 5 {
                k[3] = S::fma(number::<S>(8.0), odd_2, odd);
                k[4] = S::fma(number::<S>(16.0), even_2, even);
            }
            k[R - 1] = S::add(k[R - 1], u[5]);
            k
        }
    }
}

#[inline(always)]
pub(crate) unsafe fn number<S: Simd>(x: f64) -> S::V {
    // SAFETY: S's features are on, as for the caller.
    unsafe { S::splat(S::T::from_f64(x)) }
}

/// Bᵀ d B of patches: `out[position][patch][channel]`.
pub(crate) struct Patches<'a, T> {
    pub source: &'a [T],
    pub pixels: Pixels,
    /// First pixel of each patch.
    pub patches: &'a [u32],
    pub out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Patches<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let last = self.patches.iter().fold(0, |last, at| last.max(*at)) as usize;
        let step = self.patches.len() * channels;
        assert!(self.patches.is_empty() || last + 5 * pitch + 6 * channels <= self.source.len());
        assert!(POSITIONS * step <= self.out.len());
        for (tile, at) in self.patches.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: the patch ends at `at` + 5 pitches + 6 pixels, and `out` holds 36 · step values.
                unsafe {
                    let from = self.source.as_ptr().add(*at as usize + channel);
                    let mut d = [[S::splat(T::ZERO); 6]; 6];
                    for i in 0..6 {
                        for j in 0..6 {
                            d[i][j] = get::<S>(from.add(i * pitch + j * channels), count);
                        }
                    }
                    let v = square::<S, Patch, 6, 6>(d);
                    let to = self.out.as_mut_ptr().add(tile * channels + channel);
                    for i in 0..6 {
                        for j in 0..6 {
                            put::<S>(to.add((6 * i + j) * step), v[i][j], count);
                        }
                    }
                }
            });
        }
    }
}

/// start + Aᵀ m A of `products[position][tile][channel]`, the piecewise linear activation, and to its place.
pub(crate) struct Outputs<'a, T, const M: usize> {
    pub products: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub bias: Option<&'a [T]>,
    /// Slope left of 0; 1 for none.
    pub leak: T,
    pub out: &'a mut [T],
}

impl<T: Real, const M: usize> Kernel<T> for Outputs<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let step = self.tiles.len() * channels;
        assert!(POSITIONS * step <= self.products.len());
        assert!(self.bias.is_none_or(|bias| bias.len() >= channels));
        assert!(self.tiles.iter().all(|tile| end(tile, self.pixels) <= self.out.len()));
        for (index, tile) in self.tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: `products` holds 36 · step values; the pixels inside the image end before `end`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = self.products.as_ptr().add(index * channels + channel);
                    let mut m = [[zero; 6]; 6];
                    for i in 0..6 {
                        for j in 0..6 {
                            m[i][j] = get::<S>(from.add((6 * i + j) * step), count);
                        }
                    }
                    let y = square::<S, Output<M>, 6, M>(m);
                    let start = match self.bias {
                        Some(bias) => get::<S>(bias.as_ptr().add(channel), count),
                        None => zero,
                    };
                    let leak = S::splat(self.leak);
                    let to = self.out.as_mut_ptr().add(tile.at as usize + channel);
                    for i in 0..M {
                        if i < tile.rows as usize {
                            for j in 0..M {
                                if j < tile.columns as usize {
                                    let y = S::add(start, y[i][j]);
                                    let y = S::select_gt(y, zero, y, S::mul(y, leak));
                                    put::<S>(to.add(i * pitch + j * channels), y, count);
                                }
                            }
                        }
                    }
                }
            });
        }
    }
}

/// A dY Aᵀ of tiles of a gradient: `out[position][tile][channel]`. What lies outside the image counts as 0.
pub(crate) struct Gradients<'a, T, const M: usize> {
    pub gradient: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub out: &'a mut [T],
}

impl<T: Real, const M: usize> Kernel<T> for Gradients<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let step = self.tiles.len() * channels;
        assert!(POSITIONS * step <= self.out.len());
        assert!(self.tiles.iter().all(|tile| end(tile, self.pixels) <= self.gradient.len()));
        for (index, tile) in self.tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: as `Outputs`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = self.gradient.as_ptr().add(tile.at as usize + channel);
                    let mut y = [[zero; M]; M];
                    for i in 0..M {
                        for j in 0..M {
                            if i < tile.rows as usize && j < tile.columns as usize {
                                y[i][j] = get::<S>(from.add(i * pitch + j * channels), count);
                            }
                        }
                    }
                    let g = square::<S, Spread<M>, M, 6>(y);
                    let to = self.out.as_mut_ptr().add(index * channels + channel);
                    for i in 0..6 {
                        for j in 0..6 {
                            put::<S>(to.add((6 * i + j) * step), g[i][j], count);
                        }
                    }
                }
            });
        }
    }
}

/// Where the pixels of a tile that are inside the image end.
fn end(tile: &Tile, pixels: Pixels) -> usize {
    let rows = (tile.rows as usize).saturating_sub(1);
    tile.at as usize + rows * pixels.pitch + tile.columns as usize * pixels.channels
}

/// G K Gᵀ of a kernel `[R, R, rows, columns]`, as 36 packed matrices one behind the other: rows × columns, or,
/// turned around for the opposite direction, columns × rows of the kernel rotated by 180°.
pub(crate) struct TransformKernel<'a, T, const R: usize> {
    pub kernel: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub turned: bool,
    pub packed: &'a Shared<T>,
}

impl<T: Real, const R: usize> Kernel<T> for TransformKernel<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Self { kernel: values, rows, columns, turned, packed } = self;
        assert!(values.len() == R * R * rows * columns);
        let (depth, n) = if turned { (columns, rows) } else { (rows, columns) };
        let length = packed_len_for::<S>(depth, n);
        assert!(n > 1 && POSITIONS * length <= packed.len());
        let panel = panel_vectors::<S>() * S::LANES;
        let padded = n.next_multiple_of(S::LANES);
        for row in 0..depth {
            vectors!(S, n, |column, count| {
                let first = column / panel * panel;
                let at = first * depth + row * panel.min(padded - first) + column % panel;
                // SAFETY: the kernel's and the packed matrices' lengths are checked above; one work item packs
                // a kernel.
                unsafe {
                    let mut k = [[S::splat(T::ZERO); R]; R];
                    for i in 0..R {
                        for j in 0..R {
                            k[i][j] = if turned {
                                // Lanes run along the kernel's rows.
                                let tap = (R - 1 - i) * R + R - 1 - j;
                                let mut lanes = [T::ZERO; 16];
                                for (lane, value) in lanes.iter_mut().take(count).enumerate() {
                                    *value = values[(tap * rows + column + lane) * columns + row];
                                }
                                S::load(lanes.as_ptr())
                            } else {
                                let tap = i * R + j;
                                get::<S>(values.as_ptr().add((tap * rows + row) * columns + column), count)
                            };
                        }
                    }
                    let u = square::<S, Taps<R>, R, 6>(k);
                    for i in 0..6 {
                        for j in 0..6 {
                            let at = (6 * i + j) * length + at;
                            put::<S>(packed.pointer(at..at + S::LANES), u[i][j], S::LANES);
                        }
                    }
                }
            });
        }
    }
}

/// Gᵀ U G of `products[position][row][column]`: the gradient of a kernel `[R, R, rows, columns]`.
pub(crate) struct KernelGradient<'a, T, const R: usize> {
    pub products: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub gradient: &'a mut [T],
}

impl<T: Real, const R: usize> Kernel<T> for KernelGradient<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let (rows, columns, step) = (self.rows, self.columns, self.rows * self.columns);
        assert!(POSITIONS * step <= self.products.len() && self.gradient.len() == R * R * step);
        for row in 0..rows {
            vectors!(S, columns, |column, count| {
                // SAFETY: both lengths are checked above.
                unsafe {
                    let from = self.products.as_ptr().add(row * columns + column);
                    let mut u = [[S::splat(T::ZERO); 6]; 6];
                    for i in 0..6 {
                        for j in 0..6 {
                            u[i][j] = get::<S>(from.add((6 * i + j) * step), count);
                        }
                    }
                    let k = square::<S, Gather<R>, 6, R>(u);
                    let to = self.gradient.as_mut_ptr().add(row * columns + column);
                    for i in 0..R {
                        for j in 0..R {
                            put::<S>(to.add((i * R + j) * step), k[i][j], count);
                        }
                    }
                }
            });
        }
    }
}
