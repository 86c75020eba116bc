//! The transforms of Winograd's convolution with square tiles (Lavin & Gray 2016, *Fast algorithms for convolutional
//! neural networks*), each one of [`toom_cook`](super::toom_cook) down the columns and along the rows.
//!
//! Y = Aᵀ [(G K Gᵀ) ⊙ (Bᵀ d B)] A gives 4 × 4 outputs of an R × R kernel from a P × P patch d, P = R + 3, for R = 2, 3
//! and 5. The derivatives are the transposed maps: of K, Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G.
//!
//! | R | products of a tile | directly |
//! |---|---|---|
//! | 2 | 5² = 25 | 16 · 4 = 64 |
//! | 3 | 6² = 36 | 16 · 9 = 144 |
//! | 5 | 8² = 64 | 16 · 25 = 400 |
//!
//! Each transform runs along vectors of channels and lays position (i, j) of all tiles out as one matrix. So ⊙ becomes P²
//! products of matrices, and the transforms' cost is shared by all channels of the other side.
//!
//! A kernel is transformed once a step, when it is packed; a large one past the caches, where nothing would keep it until
//! it is read. In its gradient, sums over tiles become derivatives of taps before they are added to a group's: there a
//! kernel takes no more room than its values.
//!
//! Transforms round more than direct sums do. A test bounds the error: in f32, three layers deep, outputs and gradients stay
//! within 1e-5 of their largest value (`winograd_tiles_stay_near_the_reference` in `tests/conformance`).
#![allow(unsafe_code)]
// Rows and columns of small squares are clearer by number.
#![allow(clippy::needless_range_loop)]

use super::kernel_vectors::KernelVectors;
use super::pack::{packed_at, packed_len_for};
use super::toom_cook::{Gather, Line, Output, Patch, Spread, Taps};
use super::{get, put, vectors};
use crate::shared::Places;
use crate::simd::{Isa, Kernel, Scalar, Simd};

/// Values of packed matrices, 1 MiB of f32, above which they are written past the caches.
const STREAMED: usize = 256 * 1024;

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

/// Pixels of an image, or every other one along both axes: values from one row to the next, from one pixel to the next,
/// and channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pixels {
    pub pitch: usize,
    pub step: usize,
    pub channels: usize,
}

/// A transform between R × R taps and patches of P × P values.
struct SquareTransform<K, const R: usize, const P: usize>(K);

/// `run` for a transform whose patches are `side` values wide and whose vectors run along rows of so many values.
macro_rules! run_by_side {
    ($kernel:ident, $values:expr) => {
        impl<T: Scalar> $kernel<'_, T> {
            /// Transforms all of it.
            pub fn run(self, isa: Isa) {
                let values: fn(&Self) -> usize = $values;
                let values = values(&self);
                match self.side {
                    5 => T::dispatch_rows(isa, values, SquareTransform::<_, 2, 5>(self)),
                    6 => T::dispatch_rows(isa, values, SquareTransform::<_, 3, 6>(self)),
                    8 => T::dispatch_rows(isa, values, SquareTransform::<_, 5, 8>(self)),
                    side => unreachable!("no tiles have patches of {side} × {side} values"),
                }
            }
        }
    };
}

run_by_side!(PatchTransform, |patches| patches.pixels.channels);
run_by_side!(OutputTransform, |outputs| outputs.pixels.channels);
run_by_side!(GradientTransform, |gradients| gradients.pixels.channels);
run_by_side!(KernelTransform, |kernel| if kernel.is_transposed { kernel.rows } else { kernel.columns });
run_by_side!(TapGradientTransform, |kernel| kernel.len);

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
pub(crate) struct PatchTransform<'a, T> {
    pub side: usize,
    pub source: &'a [T],
    pub pixels: Pixels,
    /// First pixel of each patch.
    pub patches: &'a [u32],
    pub out: &'a mut [T],
}

impl<T: Scalar, const R: usize, const P: usize> Kernel<T> for SquareTransform<PatchTransform<'_, T>, R, P>
where
    Patch: Line<P, P>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let PatchTransform { source, pixels: Pixels { pitch, step, channels }, patches, out, .. } = self.0;
        let last = patches.iter().fold(0, |last, at| last.max(*at)) as usize;
        let matrix = spaced(patches.len() * channels);
        assert!(patches.is_empty() || last + (P - 1) * (pitch + step) + channels <= source.len());
        assert!(P * P * matrix <= out.len());
        for (tile, at) in patches.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: the patch ends at `at` + (P − 1) pitches and pixels, and `out` holds P² · matrix values.
                unsafe {
                    let from = source.as_ptr().add(*at as usize + channel);
                    let mut d = [[S::splat(T::ZERO); P]; P];
                    for i in 0..P {
                        for j in 0..P {
                            d[i][j] = get::<S>(from.add(i * pitch + j * step), count);
                        }
                    }
                    let v = square::<S, Patch, P, P>(d);
                    let to = out.as_mut_ptr().add(tile * channels + channel);
                    for i in 0..P {
                        for j in 0..P {
                            put::<S>(to.add((P * i + j) * matrix), v[i][j], count);
                        }
                    }
                }
            });
        }
    }
}

/// start + Aᵀ m A of `products[position][tile][channel]`, the piecewise linear activation, and to its place.
pub(crate) struct OutputTransform<'a, T> {
    pub side: usize,
    pub products: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub bias: Option<&'a [T]>,
    /// Slope left of 0; 1 for none.
    pub leak: T,
    pub out: &'a mut [T],
}

impl<T: Scalar, const R: usize, const P: usize> Kernel<T> for SquareTransform<OutputTransform<'_, T>, R, P>
where
    Output: Line<P, OUTPUTS>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let OutputTransform { products, tiles, pixels, bias, leak, out, .. } = self.0;
        let Pixels { pitch, step, channels } = pixels;
        let matrix = spaced(tiles.len() * channels);
        assert!(P * P * matrix <= products.len());
        assert!(bias.is_none_or(|bias| bias.len() >= channels));
        assert!(tiles.iter().all(|tile| end(tile, pixels) <= out.len()));
        for (index, tile) in tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: `products` holds P² · matrix values; the pixels inside the image end before `end`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = products.as_ptr().add(index * channels + channel);
                    let mut m = [[zero; P]; P];
                    for i in 0..P {
                        for j in 0..P {
                            m[i][j] = get::<S>(from.add((P * i + j) * matrix), count);
                        }
                    }
                    let y = square::<S, Output, P, OUTPUTS>(m);
                    let start = match bias {
                        Some(bias) => get::<S>(bias.as_ptr().add(channel), count),
                        None => zero,
                    };
                    let leak = S::splat(leak);
                    let to = out.as_mut_ptr().add(tile.at as usize + channel);
                    for i in 0..OUTPUTS {
                        if i < tile.rows as usize {
                            for j in 0..OUTPUTS {
                                if j < tile.columns as usize {
                                    let y = S::add(start, y[i][j]);
                                    let y = S::select_gt(y, zero, y, S::mul(y, leak));
                                    put::<S>(to.add(i * pitch + j * step), y, count);
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
pub(crate) struct GradientTransform<'a, T> {
    pub side: usize,
    pub gradient: &'a [T],
    pub tiles: &'a [Tile],
    pub pixels: Pixels,
    pub out: &'a mut [T],
}

impl<T: Scalar, const R: usize, const P: usize> Kernel<T> for SquareTransform<GradientTransform<'_, T>, R, P>
where
    Spread: Line<OUTPUTS, P>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let GradientTransform { gradient, tiles, pixels, out, .. } = self.0;
        let Pixels { pitch, step, channels } = pixels;
        let matrix = spaced(tiles.len() * channels);
        assert!(P * P * matrix <= out.len());
        assert!(tiles.iter().all(|tile| end(tile, pixels) <= gradient.len()));
        for (index, tile) in tiles.iter().enumerate() {
            vectors!(S, channels, |channel, count| {
                // SAFETY: as `OutputTransform`.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let from = gradient.as_ptr().add(tile.at as usize + channel);
                    let mut y = [[zero; OUTPUTS]; OUTPUTS];
                    for i in 0..OUTPUTS {
                        for j in 0..OUTPUTS {
                            if i < tile.rows as usize && j < tile.columns as usize {
                                y[i][j] = get::<S>(from.add(i * pitch + j * step), count);
                            }
                        }
                    }
                    let g = square::<S, Spread, OUTPUTS, P>(y);
                    let to = out.as_mut_ptr().add(index * channels + channel);
                    for i in 0..P {
                        for j in 0..P {
                            put::<S>(to.add((P * i + j) * matrix), g[i][j], count);
                        }
                    }
                }
            });
        }
    }
}

/// Values from one position's matrix of `len` values to the next: an odd number of cache lines, so that the positions of a
/// tile are spread over the cache.
pub(crate) fn spaced(len: usize) -> usize {
    len.next_multiple_of(16) | 16
}

/// Where the pixels of a tile that are inside the image end.
fn end(tile: &Tile, pixels: Pixels) -> usize {
    let (rows, columns) = (tile.rows as usize - 1, tile.columns as usize - 1);
    tile.at as usize + rows * pixels.pitch + columns * pixels.step + pixels.channels
}

/// G K Gᵀ of R × R taps of a kernel `[taps, rows, columns]`, as P² packed matrices one behind the other: rows ×
/// columns, or, turned around for the opposite direction, columns × rows.
pub(crate) struct KernelTransform<'a, T> {
    pub side: usize,
    pub kernel: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub is_transposed: bool,
    /// Tap of the kernel at each place, 0 where there is none.
    pub taps: &'a [Option<usize>],
    pub packed: Places<'a, T>,
    /// Where the first packed matrix begins, the row of each at which these taps' begin, and how many it has.
    pub at: usize,
    pub first: usize,
    pub depth: usize,
}

impl<T: Scalar, const R: usize, const P: usize> Kernel<T> for SquareTransform<KernelTransform<'_, T>, R, P>
where
    Taps: Line<R, P>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let KernelTransform {
            kernel, rows, columns, is_transposed, taps, mut packed, at, first, depth, ..
        } = self.0;
        assert!(taps.len() == R * R);
        assert!(taps.iter().flatten().all(|tap| (tap + 1) * rows * columns <= kernel.len()));
        let (own, n) = if is_transposed { (columns, rows) } else { (rows, columns) };
        let length = packed_len_for::<S>(depth, n);
        assert!(n > 1 && first + own <= depth && at + P * P * length <= packed.len());
        let kernel = KernelVectors { values: kernel, rows, columns, is_transposed };
        let streams = packed.len() > STREAMED;
        let mut turned = [[T::ZERO; 16 * 16]; 25];
        // Rows inside: what is read and what is written lies side by side.
        vectors!(S, n, |column, count| {
            for first_row in (0..own).step_by(S::LANES) {
                let block = first_row..own.min(first_row + S::LANES);
                let is_turned = is_transposed && count == S::LANES && block.len() == S::LANES;
                if is_turned {
                    for (turned, tap) in turned.iter_mut().zip(taps) {
                        if let Some(tap) = *tap {
                            let from =
                                kernel.values[(tap * rows + column) * columns + block.start..].as_ptr();
                            // SAFETY: LANES rows and columns from there on are inside the kernel, and LANES² ≤ 16².
                            unsafe { S::transpose(from, columns, turned.as_mut_ptr(), S::LANES) };
                        }
                    }
                }
                for (row_of_block, row) in block.enumerate() {
                    let at = at + packed_at::<S>(depth, n, first + row, column);
                    // SAFETY: the kernel's and the packed matrices' lengths are checked above.
                    unsafe {
                        let mut k = [[S::splat(T::ZERO); R]; R];
                        for i in 0..R {
                            for j in 0..R {
                                if let Some(tap) = taps[i * R + j] {
                                    k[i][j] = match is_turned {
                                        true => {
                                            S::load(turned[i * R + j].as_ptr().add(row_of_block * S::LANES))
                                        }
                                        false => kernel.get::<S>(tap, row, column, count),
                                    };
                                }
                            }
                        }
                        let u = square::<S, Taps, R, P>(k);
                        let to = packed.pointer(at..at + (P * P - 1) * length + S::LANES);
                        for i in 0..P {
                            for j in 0..P {
                                let to = to.add((P * i + j) * length);
                                if streams { S::stream(to, u[i][j]) } else { S::store(to, u[i][j]) }
                            }
                        }
                    }
                }
            }
        });
        // SAFETY: S's features are on.
        unsafe { S::streamed() };
    }
}

/// Gᵀ U G of `products[position][value]`: of some values of each matrix of an R × R kernel `[taps, matrix]`, the
/// gradient, or what is added to it.
pub(crate) struct TapGradientTransform<'a, T> {
    pub side: usize,
    pub products: &'a [T],
    /// Values of each position, and of a tap's matrix.
    pub len: usize,
    pub matrix: usize,
    /// Tap of the kernel at each place, where there is one.
    pub taps: &'a [Option<usize>],
    pub adds: bool,
    /// From the first of these values of the first tap on.
    pub gradient: &'a mut [T],
}

impl<T: Scalar, const R: usize, const P: usize> Kernel<T>
    for SquareTransform<TapGradientTransform<'_, T>, R, P>
where
    Gather: Line<P, R>,
{
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let TapGradientTransform { products, len, matrix, taps, adds, gradient, .. } = self.0;
        let step = spaced(len);
        assert!(P * P * step <= products.len() && taps.len() == R * R);
        assert!(taps.iter().flatten().all(|tap| tap * matrix + len <= gradient.len()));
        vectors!(S, len, |at, count| {
            // SAFETY: both lengths are checked above.
            unsafe {
                let from = products.as_ptr().add(at);
                let mut u = [[S::splat(T::ZERO); P]; P];
                for i in 0..P {
                    for j in 0..P {
                        u[i][j] = get::<S>(from.add((P * i + j) * step), count);
                    }
                }
                let k = square::<S, Gather, P, R>(u);
                let to = gradient.as_mut_ptr().add(at);
                for i in 0..R {
                    for j in 0..R {
                        if let Some(tap) = taps[i * R + j] {
                            let to = to.add(tap * matrix);
                            let k = if adds { S::add(get::<S>(to, count), k[i][j]) } else { k[i][j] };
                            put::<S>(to, k, count);
                        }
                    }
                }
            }
        });
    }
}
