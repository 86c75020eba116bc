//! Convolutions with stride 2 and 3 × 3 taps, with Winograd tiles along rows: the outer columns of taps meet only even
//! columns of the big image, where they are a convolution of two taps with stride 1. The middle column of taps meets
//! only odd ones and is left to the direct product, as are the three rows of taps, which each product sums up.

use std::marker::PhantomData;
use std::ops::Range;

use super::Environment;
use super::winograd::{blocks, offsets};
use crate::kernels::product::{Product, Right, Start};
use crate::kernels::winograd::Line;
use crate::kernels::winograd_rows::{Gather, Lines, Output, Patch, Spread, TransformKernelRows};
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
    /// Offsets of the big channels in a value, and of their rows in the matrices of sums.
    channels: Vec<u32>,
    sums: Vec<u32>,
    /// Where the lines of the sums begin, and those of the kernel.
    finish_from: Vec<u32>,
    finish_to: Vec<u32>,
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
fn spread<T: Real, L, const FROM: usize, const TO: usize>(
    isa: Isa,
    runs: &Runs,
    block: Range<usize>,
    from: &[T],
    out: &mut [T],
    places: &[u32],
) where
    L: Line<FROM, TO>,
{
    let count = block.len() * runs.per_image;
    let lines = Lines::<T, L, FROM, TO> {
        from,
        from_at: &runs.at[block.start * runs.per_image..block.end * runs.per_image],
        from_step: runs.step,
        to: out,
        to_at: &places[..count],
        to_step: count * runs.channels,
        channels: runs.channels,
        bias: None,
        leak: T::ONE,
        line: PhantomData,
    };
    T::dispatch(isa, lines);
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
        match self.tiles.outputs {
            4 => self.run_tiles::<T, 4, 5>(env, images, from, to, bias, leak, scratch),
            _ => self.run_tiles::<T, 7, 8>(env, images, from, to, bias, leak, scratch),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn run_tiles<T: Real, const M: usize, const P: usize>(
        &self,
        env: Environment<'_, T>,
        images: usize,
        from: &[T],
        to: &mut [T],
        bias: Option<&[T]>,
        leak: T,
        scratch: &mut [T],
    ) where
        Patch: Line<P, P>,
        Output: Line<P, M>,
    {
        let RowTiles { source, target, sweeps, .. } = &self.tiles;
        let n = target.channels;
        let packed = env.packed[self.matrix].get();
        let length = packed.len() / P;
        for block in blocks(images, self.block) {
            let lines = [block.len() * source.per_image, block.len() * target.per_image];
            let (values, products) = scratch.split_at_mut(P * lines[0] * source.channels + SLACK);
            spread::<T, Patch, P, P>(env.isa, source, block.clone(), from, values, &self.values);
            for position in 0..P {
                for sweep in sweeps {
                    let rows = 0..block.len() * sweep.per_image;
                    let product = Product {
                        a: &values[position * lines[0] * source.channels..],
                        a_rows: &sweep.from[rows.clone()],
                        a_step: 1,
                        b: Right::Packed {
                            data: &packed[position * length..(position + 1) * length],
                            depth: 3 * source.channels,
                        },
                        segments: &sweep.segments,
                        n,
                        columns: 0..n,
                        c: &mut products[position * lines[1] * n..],
                        c_rows: &sweep.to[rows],
                        start: Start::Zero,
                        soon: &[],
                        leak: T::ONE,
                    };
                    product.run(env.isa);
                }
            }
            let outputs = Lines::<T, Output, P, M> {
                from: products,
                from_at: &self.products[..lines[1]],
                from_step: lines[1] * n,
                to,
                to_at: &target.at[block.start * target.per_image..block.end * target.per_image],
                to_step: target.step,
                channels: n,
                bias,
                leak,
                line: PhantomData,
            };
            T::dispatch(env.isa, outputs);
        }
    }

    /// Transforms the outer columns of the whole kernel `[3, 3, rows, columns]`.
    pub fn pack<T: Real>(&self, isa: Isa, packed: &[Shared<T>], kernel: &[T], rows: usize, columns: usize) {
        let (packed, turned) = (&packed[self.matrix], self.turned);
        match self.tiles.outputs {
            4 => T::dispatch(isa, TransformKernelRows::<T, 5> { kernel, rows, columns, turned, packed }),
            _ => T::dispatch(isa, TransformKernelRows::<T, 8> { kernel, rows, columns, turned, packed }),
        }
    }
}

impl WinogradRowsGradient {
    pub fn new(tiles: RowTiles) -> Self {
        let (rows, columns) = (tiles.source.channels, tiles.target.channels);
        let (block, positions) = (block_size(&tiles), tiles.positions());
        let places = |runs: &Runs| offsets(block * runs.per_image, runs.channels);
        let each_row = |taps: usize| -> Vec<u32> {
            (0..3)
                .flat_map(|ky| (0..rows).map(move |row| ((ky * taps * rows + row) * columns) as u32))
                .collect()
        };
        Self {
            block,
            values: places(&tiles.source),
            slopes: places(&tiles.target),
            channels: offsets(rows, 1),
            sums: offsets(rows, columns),
            finish_from: each_row(positions),
            finish_to: each_row(3),
            tiles,
        }
    }

    /// Values that [`WinogradRowsGradient::add`] and [`WinogradRowsGradient::finish`] need for themselves.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, self.block).max(self.sums_len())
    }

    /// Values of the sums: those of the middle column of taps, `[3, big channels, small channels]`, and those of the
    /// tiles, `[3, position, big channels, small channels]`.
    pub fn sums_len(&self) -> usize {
        3 * (1 + self.tiles.positions()) * self.matrix_len()
    }

    fn matrix_len(&self) -> usize {
        self.tiles.source.channels * self.tiles.target.channels
    }

    /// Adds the images' part to the sums; the middle column of taps is the caller's.
    pub fn add<T: Real>(
        &self,
        isa: Isa,
        images: usize,
        big: &[T],
        small: &[T],
        sums: &mut [T],
        scratch: &mut [T],
    ) {
        let sums = &mut sums[3 * self.matrix_len()..];
        match self.tiles.outputs {
            4 => self.add_tiles::<T, 4, 5>(isa, images, big, small, sums, scratch),
            _ => self.add_tiles::<T, 7, 8>(isa, images, big, small, sums, scratch),
        }
    }

    fn add_tiles<T: Real, const M: usize, const P: usize>(
        &self,
        isa: Isa,
        images: usize,
        big: &[T],
        small: &[T],
        sums: &mut [T],
        scratch: &mut [T],
    ) where
        Patch: Line<P, P>,
        Spread: Line<M, P>,
    {
        let RowTiles { source, target, sums: segments, .. } = &self.tiles;
        let (rows, n, matrix) = (source.channels, target.channels, self.matrix_len());
        for block in blocks(images, self.block) {
            let lines = [block.len() * source.per_image, block.len() * target.per_image];
            let (values, slopes) = scratch.split_at_mut(P * lines[0] * rows + SLACK);
            spread::<T, Patch, P, P>(isa, source, block.clone(), big, values, &self.values);
            spread::<T, Spread, M, P>(isa, target, block.clone(), small, slopes, &self.slopes);
            for position in 0..P {
                for (ky, segments) in segments.iter().enumerate() {
                    let at = (ky * P + position) * matrix;
                    let product = Product {
                        a: &values[position * lines[0] * rows..],
                        a_rows: &self.channels,
                        a_step: rows,
                        b: Right::Rows { data: &slopes[position * lines[1] * n..], step: n },
                        segments: &segments[..block.len()],
                        n,
                        columns: 0..n,
                        c: &mut sums[at..at + matrix],
                        c_rows: &self.sums,
                        start: Start::Accumulate,
                        soon: &[],
                        leak: T::ONE,
                    };
                    product.run(isa);
                }
            }
        }
    }

    /// The kernel's gradient, `[3, 3, big channels, small channels]`, from the sums.
    pub fn finish<T: Real>(&self, isa: Isa, sums: &[T], gradient: &mut [T]) {
        let matrix = self.matrix_len();
        let (middle, sums) = sums.split_at(3 * matrix);
        match self.tiles.outputs {
            4 => self.finish_tiles::<T, 5>(isa, sums, gradient),
            _ => self.finish_tiles::<T, 8>(isa, sums, gradient),
        }
        for (ky, middle) in middle.chunks(matrix).enumerate() {
            gradient[(3 * ky + 1) * matrix..][..matrix].copy_from_slice(middle);
        }
    }

    fn finish_tiles<T: Real, const P: usize>(&self, isa: Isa, sums: &[T], gradient: &mut [T])
    where
        Gather: Line<P, 2>,
    {
        let matrix = self.matrix_len();
        let lines = Lines::<T, Gather, P, 2> {
            from: sums,
            from_at: &self.finish_from,
            from_step: matrix,
            to: gradient,
            to_at: &self.finish_to,
            to_step: 2 * matrix,
            channels: self.tiles.target.channels,
            bias: None,
            leak: T::ONE,
            line: PhantomData,
        };
        T::dispatch(isa, lines);
    }
}
