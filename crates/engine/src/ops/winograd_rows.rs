//! Convolutions with stride 2 and 3 × 3 taps, with Winograd tiles along rows: the outer columns of taps meet only even
//! columns of the big image, where they are a convolution of two taps with stride 1. The middle column of taps meets
//! only odd ones and is left to the direct product, as are the three rows of taps, which each product sums up.

use std::ops::Range;

use super::Environment;
use super::winograd::{blocks, offsets};
use crate::kernels::product::{Product, Right};
use crate::linear::index;
use crate::kernels::winograd::spaced;
use crate::kernels::winograd_rows::{Lines, Transform, TransformKernelRows};
use crate::shared::Shared;
use crate::simd::{Isa, Real};
use crate::tiles::{RowTiles, Runs};
use crate::workspace::SLACK;

/// One direction with the transformed kernel it reads.
pub(crate) struct WinogradRows {
    tiles: RowTiles,
    /// Number of the packed matrices.
    pub matrix: usize,
    /// Small → big: the kernel is read turned around.
    pub turned: bool,
    block: usize,
    /// Offsets of lines in the matrices of values and of products.
    values: Vec<u32>,
    products: Vec<u32>,
}

/// The kernel gradient of the outer columns of taps.
pub(crate) struct WinogradRowsGradient {
    tiles: RowTiles,
    block: usize,
    values: Vec<u32>,
    slopes: Vec<u32>,
    /// Offsets of the big channels in a value, and of their rows in a matrix of sums.
    channels: Vec<u32>,
    sums: Vec<u32>,
}

/// Images of a block: its two sets of matrices take 384 KiB of f32, or what one image takes.
fn block_size(tiles: &RowTiles) -> usize {
    const VALUES: usize = 96 * 1024;
    let image =
        tiles.source.per_image * tiles.source.channels + tiles.target.per_image * tiles.target.channels;
    (VALUES / (tiles.positions() * image)).clamp(1, tiles.images)
}

/// Values of a block's two sets of matrices, each with slack behind it.
fn scratch(tiles: &RowTiles, block: usize) -> usize {
    let lines = |runs: &Runs| runs.per_image * runs.channels;
    tiles.positions() * block * (lines(&tiles.source) + lines(&tiles.target)) + 2 * SLACK
}

/// Transforms all lines of a block of images, to `out[position][line][channel]`.
#[allow(clippy::too_many_arguments)]
fn transform<T: Real>(
    isa: Isa,
    transform: Transform,
    outputs: usize,
    runs: &Runs,
    block: Range<usize>,
    from: &[T],
    out: &mut [T],
    places: &[u32],
) {
    let count = block.len() * runs.per_image;
    let lines = Lines {
        transform,
        outputs,
        from,
        from_at: &runs.at[block.start * runs.per_image..block.end * runs.per_image],
        from_step: runs.step,
        to: out,
        to_at: &places[..count],
        to_step: count * runs.channels,
        channels: runs.channels,
        adds: false,
        bias: None,
        leak: T::ONE,
    };
    lines.run(isa);
}

impl WinogradRows {
    pub fn new(tiles: RowTiles, matrix: usize, turned: bool) -> Self {
        let block = block_size(&tiles);
        let places = |runs: &Runs| offsets(block * runs.per_image, runs.channels);
        let (values, products) = (places(&tiles.source), places(&tiles.target));
        Self { tiles, matrix, turned, block, values, products }
    }

    /// Values that [`WinogradRows::run`] needs for itself.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, self.block)
    }

    /// The part of the outer columns of taps, convolved from `from`, to its pixels of `to`.
    #[allow(clippy::too_many_arguments)]
    pub fn run<T: Real>(
        &self,
        env: Environment<'_, T>,
        images: usize,
        from: &[T],
        to: &mut [T],
        bias: Option<&[T]>,
        leak: T,
        scratch: &mut [T],
    ) {
        let RowTiles { outputs, source, target, sweeps, .. } = &self.tiles;
        let (n, positions) = (target.channels, self.tiles.positions());
        let packed = env.packed[self.matrix].get();
        let length = packed.len() / positions;
        for block in blocks(images, self.block) {
            let lines = [block.len() * source.per_image, block.len() * target.per_image];
            let (values, products) = scratch.split_at_mut(positions * lines[0] * source.channels + SLACK);
            transform(env.isa, Transform::Patch, *outputs, source, block.clone(), from, values, &self.values);
            for position in 0..positions {
                for sweep in sweeps {
                    let rows = 0..block.len() * sweep.per_image;
                    let product = Product {
                        a: &values[position * lines[0] * source.channels..],
                        a_rows: &sweep.from[rows.clone()],
                        b: Right::Packed {
                            data: &packed[position * length..(position + 1) * length],
                            depth: 3 * source.channels,
                        },
                        segments: &sweep.segments,
                        ..Product::over(&mut products[position * lines[1] * n..], &sweep.to[rows], n)
                    };
                    product.run(env.isa);
                }
            }
            let outputs = Lines {
                transform: Transform::Output,
                outputs: *outputs,
                from: products,
                from_at: &self.products[..lines[1]],
                from_step: lines[1] * n,
                to,
                to_at: &target.at[block.start * target.per_image..block.end * target.per_image],
                to_step: target.step,
                channels: n,
                adds: false,
                bias,
                leak,
            };
            outputs.run(env.isa);
        }
    }

    /// Transforms the outer columns of some rows of taps of the kernel `[3, 3, rows, columns]`: its matrix rows
    /// `kernel_rows`.
    pub fn pack<T: Real>(
        &self,
        isa: Isa,
        packed: &[Shared<T>],
        kernel_rows: Range<usize>,
        kernel: &[T],
        rows: usize,
        columns: usize,
    ) {
        let (outputs, turned, packed) = (self.tiles.outputs, self.turned, &packed[self.matrix]);
        let taps = kernel_rows.start / (3 * rows)..kernel_rows.end / (3 * rows);
        TransformKernelRows { outputs, taps, kernel, rows, columns, turned, packed }.run(isa);
    }
}

impl WinogradRowsGradient {
    pub fn new(tiles: RowTiles) -> Self {
        let (rows, columns) = (tiles.source.channels, tiles.target.channels);
        let block = block_size(&tiles);
        let places = |runs: &Runs| offsets(block * runs.per_image, runs.channels);
        Self {
            block,
            values: places(&tiles.source),
            slopes: places(&tiles.target),
            channels: offsets(rows, 1),
            sums: offsets(rows, columns),
            tiles,
        }
    }

    /// Values that [`WinogradRowsGradient::add`] needs for itself.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, self.block) + self.tiles.positions() * spaced(self.matrix_len())
    }

    fn matrix_len(&self) -> usize {
        self.tiles.source.channels * self.tiles.target.channels
    }

    /// Adds the images' part to the kernel's gradient, `[3, 3, big channels, small channels]`, or writes it there. The
    /// middle column of taps is the caller's.
    #[allow(clippy::too_many_arguments)]
    pub fn add<T: Real>(
        &self,
        isa: Isa,
        images: usize,
        big: &[T],
        small: &[T],
        mut is_new: bool,
        gradient: &mut [T],
        scratch: &mut [T],
    ) {
        let RowTiles { outputs, source, target, sums: segments, .. } = &self.tiles;
        let (rows, n, matrix) = (source.channels, target.channels, self.matrix_len());
        let positions = self.tiles.positions();
        let (sums, scratch) = scratch.split_at_mut(positions * spaced(matrix));
        for block in blocks(images, self.block) {
            let lines = [block.len() * source.per_image, block.len() * target.per_image];
            let (values, slopes) = scratch.split_at_mut(positions * lines[0] * rows + SLACK);
            transform(isa, Transform::Patch, *outputs, source, block.clone(), big, values, &self.values);
            transform(isa, Transform::Spread, *outputs, target, block.clone(), small, slopes, &self.slopes);
            for (ky, segments) in segments.iter().enumerate() {
                for (position, sums) in sums.chunks_mut(spaced(matrix)).enumerate() {
                    let product = Product {
                        a: &values[position * lines[0] * rows..],
                        a_rows: &self.channels,
                        a_step: rows,
                        b: Right::Rows { data: &slopes[position * lines[1] * n..], step: n },
                        segments: &segments[..block.len()],
                        ..Product::over(sums, &self.sums, n)
                    };
                    product.run(isa);
                }
                let taps = Lines {
                    transform: Transform::Gather,
                    outputs: *outputs,
                    from: sums,
                    from_at: &[0],
                    from_step: spaced(matrix),
                    to: gradient,
                    to_at: &[index(3 * ky * matrix)],
                    to_step: 2 * matrix,
                    channels: matrix,
                    adds: !is_new,
                    bias: None,
                    leak: T::ONE,
                };
                taps.run(isa);
            }
            is_new = false;
        }
    }
}
