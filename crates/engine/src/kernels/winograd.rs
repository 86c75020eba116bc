//! The transforms of Winograd's convolution with square tiles (Lavin & Gray 2016, *Fast algorithms for convolutional
//! neural networks*), each one of [`toom_cook`](super::toom_cook) down the columns and along the rows.
//!
//! Y = Aᵀ [(G K Gᵀ) ⊙ (Bᵀ d B)] A gives 4 × 4 outputs of an R × R kernel from a P × P patch d: P = 6 for R = 3, P = 8
//! for R = 5. The derivatives are the transposed maps: of K, Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G. Each transform runs along
//! vectors of channels and lays position (i, j) of all tiles out as one matrix, so that ⊙ becomes P² products of
//! matrices.
#![allow(unsafe_code)]
// Rows and columns of small squares are clearer by number.
#![allow(clippy::needless_range_loop)]

use super::pack::{packed_at, packed_len_for};
use super::toom_cook::{Gather, Line, Output, Patch, Spread, Taps};
use super::{get, put, vectors};
use crate::shared::Shared;
use crate::simd::{Kernel, Real, Simd};

/// Outputs along a tile's side.
pub(crate) const OUTPUTS: usize = 4;

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

/// Bᵀ d B of patches: `out[position][patch][channel]`.
pub(crate) struct Patches<'a, T, const P: usize> {
    pub source: &'a [T],
    pub pixels: Pixels,
    /// First pixel of each patch.
    pub patches: &'a [u32],
    pub out: &'a mut [T],
}

impl<T: Real, const P: usize> Kernel<T> for Patches<'_, T, P>
where
    Patch: Line<P, P>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let last = self.patches.iter().fold(0, |last, at| last.max(*at)) as usize;
        let step = self.patches.len() * channels;
        assert!(self.patches.is_empty() || last + (P - 1) * pitch + P * channels <= self.source.len());
        assert!(P * P * step <= self.out.len());
        for (tile, at) in self.patches.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: the patch ends at `at` + (P − 1) pitches + P pixels, and `out` holds P² · step values.
                unsafe {
                    let from = self.source.as_ptr().add(*at as usize + channel);
                    let mut d = [[S::splat(T::ZERO); P]; P];
                    for i in 0..P {
                        for j in 0..P {
                            d[i][j] = get::<S>(from.add(i * pitch + j * channels), count);
                        }
                    }
                    let v = square::<S, Patch, P, P>(d);
                    let to = self.out.as_mut_ptr().add(tile * channels + channel);
                    for i in 0..P {
                        for j in 0..P {
                            put::<S>(to.add((P * i + j) * step), v[i][j], count);
                        }
                    }
                }
            });
        }
    }
}

/// start + Aᵀ m A of `products[position][tile][channel]`, the piecewise linear activation, and to its place.
pub(crate) struct Outputs<'a, T, const P: usize> {
    pub products: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub bias: Option<&'a [T]>,
    /// Slope left of 0; 1 for none.
    pub leak: T,
    pub out: &'a mut [T],
}

impl<T: Real, const P: usize> Kernel<T> for Outputs<'_, T, P>
where
    Output: Line<P, OUTPUTS>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let step = self.tiles.len() * channels;
        assert!(P * P * step <= self.products.len());
        assert!(self.bias.is_none_or(|bias| bias.len() >= channels));
        assert!(self.tiles.iter().all(|tile| end(tile, self.pixels) <= self.out.len()));
        for (index, tile) in self.tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: `products` holds P² · step values; the pixels inside the image end before `end`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = self.products.as_ptr().add(index * channels + channel);
                    let mut m = [[zero; P]; P];
                    for i in 0..P {
                        for j in 0..P {
                            m[i][j] = get::<S>(from.add((P * i + j) * step), count);
                        }
                    }
                    let y = square::<S, Output, P, OUTPUTS>(m);
                    let start = match self.bias {
                        Some(bias) => get::<S>(bias.as_ptr().add(channel), count),
                        None => zero,
                    };
                    let leak = S::splat(self.leak);
                    let to = self.out.as_mut_ptr().add(tile.at as usize + channel);
                    for i in 0..OUTPUTS {
                        if i < tile.rows as usize {
                            for j in 0..OUTPUTS {
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
pub(crate) struct Gradients<'a, T, const P: usize> {
    pub gradient: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub out: &'a mut [T],
}

impl<T: Real, const P: usize> Kernel<T> for Gradients<'_, T, P>
where
    Spread: Line<OUTPUTS, P>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Pixels { pitch, channels } = self.pixels;
        let step = self.tiles.len() * channels;
        assert!(P * P * step <= self.out.len());
        assert!(self.tiles.iter().all(|tile| end(tile, self.pixels) <= self.gradient.len()));
        for (index, tile) in self.tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: as `Outputs`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = self.gradient.as_ptr().add(tile.at as usize + channel);
                    let mut y = [[zero; OUTPUTS]; OUTPUTS];
                    for i in 0..OUTPUTS {
                        for j in 0..OUTPUTS {
                            if i < tile.rows as usize && j < tile.columns as usize {
                                y[i][j] = get::<S>(from.add(i * pitch + j * channels), count);
                            }
                        }
                    }
                    let g = square::<S, Spread, OUTPUTS, P>(y);
                    let to = self.out.as_mut_ptr().add(index * channels + channel);
                    for i in 0..P {
                        for j in 0..P {
                            put::<S>(to.add((P * i + j) * step), g[i][j], count);
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

/// A kernel `[taps, rows, columns]`, or, turned around, `[taps, columns, rows]`, to be read in vectors.
pub(super) struct KernelVectors<'a, T> {
    pub values: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub turned: bool,
}

impl<T: Real> KernelVectors<'_, T> {
    /// `count` columns from `column` on of a row of a tap.
    ///
    /// # Safety
    /// They are inside the kernel, and S's features are on.
    #[inline(always)]
    pub unsafe fn get<S: Simd<T = T>>(&self, tap: usize, row: usize, column: usize, count: usize) -> S::V {
        let Self { values, rows, columns, turned } = *self;
        // SAFETY: the caller's promise; `lanes` holds 16 ≥ LANES values.
        unsafe {
            if turned {
                // Lanes run along the kernel's rows.
                let mut lanes = [T::ZERO; 16];
                for (lane, value) in lanes.iter_mut().take(count).enumerate() {
                    *value = values[(tap * rows + column + lane) * columns + row];
                }
                S::load(lanes.as_ptr())
            } else {
                get::<S>(values.as_ptr().add((tap * rows + row) * columns + column), count)
            }
        }
    }
}

/// G K Gᵀ of a kernel `[R, R, rows, columns]`, as P² packed matrices one behind the other: rows × columns, or,
/// turned around for the opposite direction, columns × rows of the kernel rotated by 180°.
pub(crate) struct TransformKernel<'a, T, const R: usize, const P: usize> {
    pub kernel: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub turned: bool,
    pub packed: &'a Shared<T>,
}

impl<T: Real, const R: usize, const P: usize> Kernel<T> for TransformKernel<'_, T, R, P>
where
    Taps: Line<R, P>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let Self { kernel: values, rows, columns, turned, packed } = self;
        assert!(values.len() == R * R * rows * columns);
        let (depth, n) = if turned { (columns, rows) } else { (rows, columns) };
        let length = packed_len_for::<S>(depth, n);
        assert!(n > 1 && P * P * length <= packed.len());
        let kernel = KernelVectors { values, rows, columns, turned };
        for row in 0..depth {
            vectors!(S, n, |column, count| {
                let at = packed_at::<S>(depth, n, row, column);
                // SAFETY: the kernel's and the packed matrices' lengths are checked above; one work item packs
                // a kernel.
                unsafe {
                    let mut k = [[S::splat(T::ZERO); R]; R];
                    for i in 0..R {
                        for j in 0..R {
                            let tap = i * R + j;
                            let tap = if turned { R * R - 1 - tap } else { tap };
                            k[i][j] = kernel.get::<S>(tap, row, column, count);
                        }
                    }
                    let u = square::<S, Taps, R, P>(k);
                    for i in 0..P {
                        for j in 0..P {
                            let at = (P * i + j) * length + at;
                            put::<S>(packed.pointer(at..at + S::LANES), u[i][j], S::LANES);
                        }
                    }
                }
            });
        }
    }
}

/// Gᵀ U G of `products[position][row][column]`: the gradient of a kernel `[R, R, rows, columns]`.
pub(crate) struct KernelGradient<'a, T, const R: usize, const P: usize> {
    pub products: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub gradient: &'a mut [T],
}

impl<T: Real, const R: usize, const P: usize> Kernel<T> for KernelGradient<'_, T, R, P>
where
    Gather: Line<P, R>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let (rows, columns, step) = (self.rows, self.columns, self.rows * self.columns);
        assert!(P * P * step <= self.products.len() && self.gradient.len() == R * R * step);
        for row in 0..rows {
            vectors!(S, columns, |column, count| {
                // SAFETY: both lengths are checked above.
                unsafe {
                    let from = self.products.as_ptr().add(row * columns + column);
                    let mut u = [[S::splat(T::ZERO); P]; P];
                    for i in 0..P {
                        for j in 0..P {
                            u[i][j] = get::<S>(from.add((P * i + j) * step), count);
                        }
                    }
                    let k = square::<S, Gather, P, R>(u);
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
