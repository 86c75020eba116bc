//! [`Convolution`]: the potential of charges on a square grid, by Fourier transforms.
//!
//! The grid of m × m nodes is convolved with a kernel that reaches over all of it, so transforms have length 2m
//! in both directions. Half of what goes in is zero and three quarters of what comes out are not wanted; neither
//! is computed. Along x two real rows travel as one complex row. All transforms run on columns, one in each lane
//! of a vector, and between the directions tiles of lanes × lanes are turned over.

use std::cell::RefCell;
use std::f64::consts::TAU;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::fourier::{Complex, Fourier, scale, turn};
use crate::neighbours::panels::{AlignedBuffer, vector_width};

thread_local! {
    /// Two columns of transforms.
    static SCRATCH: RefCell<AlignedBuffer> = RefCell::new(AlignedBuffer::new(0, 0.0));
}

/// Calls `with` with room for `len` numbers, the same room in every call of a thread.
fn with_scratch(len: usize, with: impl FnOnce(&mut [f32])) {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.get().len() < len {
            *scratch = AlignedBuffer::new(len, 0.0);
        }
        with(&mut scratch.get_mut()[..len]);
    });
}

pub(super) struct Convolution {
    side: usize,
    lanes: usize,
    /// Of length m: pairs of rows.
    along_x: Fourier,
    /// Of length 2m.
    along_y: Fourier,
    /// e^(−2πik/2m)
    twiddles: Vec<[f32; 2]>,
    /// Transform of the kernel, divided by the sizes: shape `[blocks of kx][ky][lanes of kx]`.
    kernel: AlignedBuffer,
    /// Transforms along x: shape `[blocks of y][kx][re, im][lanes of y]`.
    rows: AlignedBuffer,
    /// Transforms along x of the result: shape `[blocks of kx][y][re, im][lanes of kx]`.
    columns: AlignedBuffer,
    /// The result: shape `[blocks of y][x][lanes of y]`.
    blocks: AlignedBuffer,
}

impl Convolution {
    /// For a grid of `side` × `side` nodes (a multiple of 16 without prime factors above 5) and the kernel whose
    /// value at a distance of (x, y) nodes is `kernel(x² + y²)`. `weight(k)` divides its transform at the k-th
    /// of 2·`side` frequencies in each direction.
    pub(super) fn new(
        side: usize,
        kernel: impl Fn(f32) -> f32 + Sync,
        weight: impl Fn(usize) -> f64,
    ) -> Self {
        let lanes = vector_width();
        let spectrum = side + lanes; // kx in 0..=side, filled up to whole vectors
        let (y_blocks, x_blocks) = (side / lanes, spectrum / lanes);
        let twiddle = |k: usize| {
            let (sin, cos) = (-TAU * k as f64 / (2 * side) as f64).sin_cos();
            [cos as f32, sin as f32]
        };
        let mut this = Self {
            side,
            lanes,
            along_x: Fourier::new(side),
            along_y: Fourier::new(2 * side),
            twiddles: (0..=side).map(twiddle).collect(),
            kernel: AlignedBuffer::new(x_blocks * 2 * side * lanes, 0.0),
            rows: AlignedBuffer::new(y_blocks * spectrum * 2 * lanes, 0.0),
            columns: AlignedBuffer::new(x_blocks * side * 2 * lanes, 0.0),
            blocks: AlignedBuffer::new(side * side, 0.0),
        };
        this.transform_kernel(kernel, weight);
        this
    }

    /// The kernel is even in both directions: its transform is real, and along one direction it is the transform
    /// of each column; a second pass over the transposed result does the other direction.
    fn transform_kernel(&mut self, kernel: impl Fn(f32) -> f32 + Sync, weight: impl Fn(usize) -> f64) {
        let (side, lanes) = (self.side, self.lanes);
        let (length, spectrum) = (2 * side, side + lanes);
        let away = |node: usize| if node <= side { node as f32 } else { (length - node) as f32 };
        let mut first = vec![0.0; length * spectrum]; // [blocks of y ≤ side][kx][lanes of y]
        let along = &self.along_y;
        first.par_chunks_mut(length * lanes).enumerate().for_each(|(block, out)| {
            let value = |x: usize, lane: usize| {
                let y = block * lanes + lane;
                kernel(away(x).mul_add(away(x), away(y.min(side)).powi(2)))
            };
            transform_real(along, lanes, value, out);
        });
        let weights: Vec<f64> = (0..length).map(weight).collect();
        let sizes = (side * length) as f64;
        let blocks = self.kernel.get_mut().par_chunks_mut(length * lanes);
        blocks.enumerate().for_each(|(block, out)| {
            let value = |y: usize, lane: usize| {
                let y = if y <= side { y } else { length - y };
                let kx = (block * lanes + lane).min(side);
                first[((y / lanes) * length + kx) * lanes + y % lanes]
            };
            transform_real(along, lanes, value, out);
            for (ky, row) in out.chunks_exact_mut(lanes).enumerate() {
                for (lane, value) in row.iter_mut().enumerate() {
                    let kx = (block * lanes + lane).min(side);
                    *value = (f64::from(*value) / (weights[kx] * weights[ky] * sizes)) as f32;
                }
            }
        });
    }

    /// Replaces `grid`, shape `[side of x, side of y]`, by its convolution with the kernel.
    pub(super) fn apply(&mut self, grid: &mut [f32]) {
        let (side, lanes) = (self.side, self.lanes);
        let (length, spectrum) = (2 * side, side + lanes);
        let arch = Arch::new();
        let rows = self.rows.get_mut().par_chunks_mut(spectrum * 2 * lanes);
        rows.enumerate().for_each(|(block, out)| {
            with_scratch(4 * side * lanes, |scratch| {
                arch.dispatch(RowTransform {
                    grid,
                    out,
                    scratch,
                    block,
                    plan: &self.along_x,
                    twiddles: &self.twiddles,
                })
            });
        });
        let (rows, kernel) = (self.rows.get(), self.kernel.get().par_chunks(length * lanes));
        let columns = self.columns.get_mut().par_chunks_mut(side * 2 * lanes);
        columns.zip(kernel).enumerate().for_each(|(block, (out, kernel))| {
            with_scratch(4 * length * lanes, |scratch| {
                arch.dispatch(ColumnConvolution { rows, kernel, out, scratch, block, plan: &self.along_y })
            });
        });
        let columns = self.columns.get();
        let blocks = self.blocks.get_mut().par_chunks_mut(side * lanes);
        blocks.enumerate().for_each(|(block, out)| {
            with_scratch(4 * side * lanes + 4 * lanes, |scratch| {
                arch.dispatch(InverseRowTransform {
                    columns,
                    out,
                    scratch,
                    block,
                    plan: &self.along_x,
                    twiddles: &self.twiddles,
                })
            });
        });
        let blocks = self.blocks.get();
        grid.par_chunks_exact_mut(side).enumerate().for_each(|(x, row)| {
            for (block, to) in row.chunks_exact_mut(lanes).enumerate() {
                let at = (block * side + x) * lanes;
                to.copy_from_slice(&blocks[at..at + lanes]);
            }
        });
    }
}

/// Real part of the transform of `value(n, lane)` over n: `out` has shape `[length][lanes]`.
fn transform_real(plan: &Fourier, lanes: usize, value: impl Fn(usize, usize) -> f32, out: &mut [f32]) {
    struct Run<'a>(&'a Fourier, &'a mut [f32]);
    impl WithSimd for Run<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (both, _) = S::as_mut_simd_f32s(self.1).0.as_chunks_mut::<2>();
            let (data, scratch) = both.split_at_mut(both.len() / 2);
            self.0.forward(simd, data, scratch);
        }
    }
    with_scratch(4 * out.len(), |scratch| {
        for (n, pair) in scratch[..2 * out.len()].chunks_exact_mut(2 * lanes).enumerate() {
            let (re, im) = pair.split_at_mut(lanes);
            re.iter_mut().enumerate().for_each(|(lane, re)| *re = value(n, lane));
            im.fill(0.0);
        }
        Arch::new().dispatch(Run(plan, scratch));
        for (pair, out) in scratch.chunks_exact(2 * lanes).zip(out.chunks_exact_mut(lanes)) {
            out.copy_from_slice(&pair[..lanes]);
        }
    });
}

/// Splits scratch memory into the data of a transform and its second buffer.
#[inline(always)]
fn buffers<S: Simd>(scratch: &mut [f32], length: usize) -> (&mut [Complex<S>], &mut [Complex<S>]) {
    let (both, _) = S::as_mut_simd_f32s(scratch).0.as_chunks_mut::<2>();
    both.split_at_mut(length)
}

/// Lanes of y: rows 2k and 2k + 1 of the grid as one complex row, transformed, parted into the spectrum of a real
/// sequence of twice the length.
struct RowTransform<'a> {
    grid: &'a [f32],
    out: &'a mut [f32],
    scratch: &'a mut [f32],
    block: usize,
    plan: &'a Fourier,
    twiddles: &'a [[f32; 2]],
}

impl WithSimd for RowTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let length = self.twiddles.len() - 1;
        let (data, scratch) = buffers::<S>(self.scratch, length);
        let vectors = length / S::F32_LANES;
        let (grid, _) = S::as_simd_f32s(self.grid);
        let (known, zero) = data.split_at_mut(length / 2);
        for (pair, rows) in known.iter_mut().zip(grid.chunks_exact(2 * vectors)) {
            *pair = [rows[self.block], rows[vectors + self.block]];
        }
        zero.fill([simd.splat_f32s(0.0); 2]);
        self.plan.forward(simd, data, scratch);
        let (out, _) = S::as_mut_simd_f32s(self.out).0.as_chunks_mut::<2>();
        for (k, (out, w)) in out.iter_mut().zip(self.twiddles).enumerate() {
            let (a, b) = (data[if k == length { 0 } else { k }], data[if k == 0 { 0 } else { length - k }]);
            // The even rows' spectrum (a + b*)/2 and the odd rows' (a − b*)/2i.
            let even = scale(simd, 0.5, [simd.add_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]);
            let odd = scale(simd, 0.5, [simd.add_f32s(a[1], b[1]), simd.sub_f32s(b[0], a[0])]);
            let odd = turn(simd, *w, odd);
            *out = [simd.add_f32s(even[0], odd[0]), simd.add_f32s(even[1], odd[1])];
        }
    }
}

/// Lanes of kx: transform along y, times the kernel, and back.
struct ColumnConvolution<'a> {
    rows: &'a [f32],
    kernel: &'a [f32],
    out: &'a mut [f32],
    scratch: &'a mut [f32],
    block: usize,
    plan: &'a Fourier,
}

impl WithSimd for ColumnConvolution<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        let (length, side) = (self.kernel.len() / lanes, self.out.len() / (2 * lanes));
        let tiles = self.rows.chunks_exact((side + lanes) * 2 * lanes);
        let known = self.scratch[..side * 2 * lanes].chunks_exact_mut(2 * lanes * lanes);
        for (tile, to) in tiles.zip(known) {
            let at = self.block * 2 * lanes * lanes;
            turn_over::<S>(&tile[at..at + 2 * lanes * lanes], to);
        }
        let (data, scratch) = buffers::<S>(self.scratch, length);
        data[side..].fill([simd.splat_f32s(0.0); 2]);
        self.plan.forward(simd, data, scratch);
        let (kernel, _) = S::as_simd_f32s(self.kernel);
        for (value, kernel) in data.iter_mut().zip(kernel) {
            // Real and imaginary parts change places: the next forward transform is then the way back.
            *value = [simd.mul_f32s(value[1], *kernel), simd.mul_f32s(value[0], *kernel)];
        }
        self.plan.forward(simd, data, scratch);
        let (out, _) = S::as_mut_simd_f32s(self.out).0.as_chunks_mut::<2>();
        for (out, value) in out.iter_mut().zip(data) {
            *out = [value[1], value[0]];
        }
    }
}

/// Lanes of y: the spectrum along x back to rows of the grid.
struct InverseRowTransform<'a> {
    columns: &'a [f32],
    out: &'a mut [f32],
    scratch: &'a mut [f32],
    block: usize,
    plan: &'a Fourier,
    twiddles: &'a [[f32; 2]],
}

impl WithSimd for InverseRowTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        let length = self.twiddles.len() - 1;
        // The spectrum takes one tile more than the second buffer, which is not yet in use.
        let (data, spectrum) = self.scratch.split_at_mut(2 * length * lanes);
        let mut last = [0.0; 1024];
        let (last, _) = last.split_at_mut(2 * lanes * lanes);
        let tiles = self.columns.chunks_exact(length * 2 * lanes);
        let at = self.block * 2 * lanes * lanes;
        let places = spectrum[..2 * length * lanes].chunks_exact_mut(2 * lanes * lanes).chain([&mut *last]);
        for (tile, to) in tiles.zip(places) {
            turn_over::<S>(&tile[at..at + 2 * lanes * lanes], to);
        }
        spectrum[2 * length * lanes..2 * (length + 1) * lanes].copy_from_slice(&last[..2 * lanes]);
        let (data, _) = S::as_mut_simd_f32s(data).0.as_chunks_mut::<2>();
        let (spectrum, _) = S::as_mut_simd_f32s(spectrum).0.as_chunks_mut::<2>();
        for (k, (to, w)) in data.iter_mut().zip(self.twiddles).enumerate() {
            let (a, b) = (spectrum[k], spectrum[length - k]);
            let even = scale(simd, 0.5, [simd.add_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]);
            let odd = scale(simd, 0.5, [simd.sub_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]);
            let odd = turn(simd, [w[0], -w[1]], odd);
            // even + i·odd, real and imaginary parts exchanged for the way back.
            *to = [simd.add_f32s(even[1], odd[0]), simd.sub_f32s(even[0], odd[1])];
        }
        self.plan.forward(simd, data, &mut spectrum[..length]);
        let (out, _) = S::as_mut_simd_f32s(self.out);
        for (rows, value) in out.chunks_exact_mut(2).zip(&data[..length / 2]) {
            rows.copy_from_slice(&[value[1], value[0]]);
        }
    }
}

/// Transposes a tile: shape `[lanes][re, im][lanes]` on both sides.
#[inline(always)]
fn turn_over<S: Simd>(from: &[f32], to: &mut [f32]) {
    let lanes = S::F32_LANES;
    for (j, to) in to.chunks_exact_mut(2 * lanes).enumerate() {
        for part in 0..2 {
            for (i, to) in to[part * lanes..(part + 1) * lanes].iter_mut().enumerate() {
                *to = from[i * 2 * lanes + part * lanes + j];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_potential_of_charges_is_the_sum_over_charges() {
        for side in [16, 48, 80] {
            let kernel = |square: f32| 1.0 / (1.0 + 0.25 * square);
            let mut convolution = Convolution::new(side, kernel, |_| 1.0);
            let charges = [(0, 0, 1.0f32), (3, 7, 2.0), (side - 1, 5, -0.5), (side / 2, side - 1, 1.5)];
            for _ in 0..2 {
                let mut grid = vec![0.0; side * side];
                charges.iter().for_each(|(x, y, charge)| grid[x * side + y] += charge);
                convolution.apply(&mut grid);
                for x in 0..side {
                    for y in 0..side {
                        let term = |(cx, cy, charge): &(usize, usize, f32)| {
                            let square = (*cx as f32 - x as f32).powi(2) + (*cy as f32 - y as f32).powi(2);
                            charge * kernel(square)
                        };
                        let exact: f32 = charges.iter().map(term).sum();
                        assert!((grid[x * side + y] - exact).abs() < 3e-6, "{side}: {x}, {y}");
                    }
                }
            }
        }
    }
}
