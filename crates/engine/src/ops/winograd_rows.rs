//! Convolutions with stride 2 and 3 × 3 taps, with Winograd tiles along rows
//! ([`winograd_rows`](crate::kernels::winograd_rows) has the theory): block after block of images.
//!
//! The middle column of taps is left to direct products ([`Sweeps::Rows`](super::sweeps::Sweeps)). The three rows of taps
//! are summed up by each product, or, in the kernel's gradient, have products of their own.

use super::propagation::Propagation;
use super::shard_gradient::ShardGradient;
use crate::geometry::pixel_sums::LINE;
use crate::geometry::row_tiles::{RowSums, RowTiles, Runs};
use crate::graph::environment::{Environment, blocks, offsets};
use crate::kernels::pack::{KernelRows, panel_columns};
use crate::kernels::product::{Product, RightFactor, Segment, Start};
use crate::kernels::winograd::spaced;
use crate::kernels::winograd_rows::{KernelRowTransform, Lines, Transform};
use crate::layout::index;
use crate::shared::Writer;
use crate::simd::{Isa, Scalar};
use crate::workspace::SLACK;

/// One direction with the transformed kernel it reads.
pub(crate) struct WinogradRows {
    tiles: RowTiles,
    /// Number of the packed matrices.
    pub matrix: usize,
    /// Small → big: the kernel is read turned around.
    pub is_transposed: bool,
    block: usize,
    /// Offsets of lines in the matrices of values and of products.
    values: Vec<u32>,
    products: Vec<u32>,
}

/// The kernel gradient.
pub(crate) struct WinogradRowsGradient {
    tiles: RowSums,
    block: usize,
    big: Side,
    small: Side,
    /// Offsets of the big channels' rows in a matrix of the kernel.
    kernel: Vec<u32>,
}

/// One of the two images in matrices of tiles, or of pixels, in panels of channels: each panel holds the first line of
/// every image of a block, the second, and so on, so that the lines that a product sums over follow one another.
struct Side {
    panel: usize,
    /// Lines of a panel.
    lines: usize,
    /// Values of a matrix of tiles.
    matrix_len: usize,
    /// Offsets of the images in a line of tiles, and of pixels, as many as a tile has outputs.
    images: [Vec<u32>; 2],
    /// Offsets of the channels in a matrix of tiles, and of pixels.
    channels: [Vec<u32>; 2],
}

/// Images of a block: its two sets of `positions` matrices take 768 KiB of f32, or what one image takes.
fn block_size(positions: usize, [source, target]: [&Runs; 2], images: usize) -> usize {
    const VALUES: usize = 192 * 1024;
    let image = source.per_image * source.channels + target.per_image * target.channels;
    (VALUES / (positions * image)).clamp(1, images)
}

/// Values of a set of `positions` matrices for `images` images, and the slack behind it.
fn set_len(positions: usize, runs: &Runs, images: usize) -> usize {
    positions * spaced(images * runs.per_image * runs.channels) + SLACK
}

impl WinogradRows {
    pub fn new(tiles: RowTiles, matrix: usize, is_transposed: bool) -> Self {
        let block = block_size(tiles.positions(), [&tiles.source, &tiles.target], tiles.images);
        let places = |runs: &Runs| offsets(block * runs.per_image, runs.channels);
        let (values, products) = (places(&tiles.source), places(&tiles.target));
        Self { tiles, matrix, is_transposed, block, values, products }
    }

    /// Values that [`WinogradRows::run`] needs for itself.
    pub fn scratch(&self) -> usize {
        let len = |runs: &Runs| set_len(self.tiles.positions(), runs, self.block);
        len(&self.tiles.source) + len(&self.tiles.target)
    }

    /// The part of the outer columns of taps, convolved from `from`, to its pixels of `to`.
    pub fn run<T: Scalar>(&self, env: Environment<'_, T>, propagation: &mut Propagation<'_, T>) {
        let bias = propagation.bias();
        let Propagation { images, from, to, leak, scratch, .. } = propagation;
        let (images, leak) = (*images, *leak);
        let RowTiles { outputs, source, target, sweeps, .. } = &self.tiles;
        let (n, positions) = (target.channels, self.tiles.positions());
        let packed = env.kernels.buffer(self.matrix);
        let length = packed.len() / positions;
        for block in blocks(images, self.block) {
            let lines = [block.len() * source.per_image, block.len() * target.per_image];
            let [a_len, c_len] = [spaced(lines[0] * source.channels), spaced(lines[1] * n)];
            let (values, products) = scratch.split_at_mut(positions * a_len + SLACK);
            let patches = Lines {
                transform: Transform::Patch,
                outputs: *outputs,
                from,
                from_at: &source.at[block.start * source.per_image..block.end * source.per_image],
                from_step: source.step,
                to: values,
                to_at: &self.values[..lines[0]],
                to_step: a_len,
                channels: source.channels,
                panel: source.channels,
                panel_step: 0,
                adds: false,
                bias: None,
                leak: T::ONE,
            };
            patches.run(env.isa);
            for position in 0..positions {
                for sweep in sweeps {
                    let rows = 0..block.len() * sweep.per_image;
                    let product = Product {
                        a: &values[position * a_len..],
                        a_rows: &sweep.from[rows.clone()],
                        b: RightFactor::Packed {
                            data: &packed[position * length..(position + 1) * length],
                            depth: 3 * source.channels,
                        },
                        segments: &sweep.segments,
                        ..Product::over(&mut products[position * c_len..], &sweep.to[rows], n)
                    };
                    product.run(env.isa);
                }
            }
            let outputs = Lines {
                transform: Transform::Output,
                outputs: *outputs,
                from: products,
                from_at: &self.products[..lines[1]],
                from_step: c_len,
                to,
                to_at: &target.at[block.start * target.per_image..block.end * target.per_image],
                to_step: target.step,
                channels: n,
                panel: n,
                panel_step: 0,
                adds: false,
                bias,
                leak,
            };
            outputs.run(env.isa);
        }
    }

    /// Transforms the outer columns of some rows of taps of the kernel.
    pub fn pack<T: Scalar>(&self, isa: Isa, packed: &mut Writer<'_, T>, kernel: &KernelRows<'_, T>) {
        let KernelRows { rows: part, values: kernel, channels: rows, columns } = kernel;
        let (rows, columns) = (*rows, *columns);
        let (outputs, is_transposed, packed) =
            (self.tiles.outputs, self.is_transposed, packed.buffer(self.matrix));
        let taps = part.start / (3 * rows)..part.end / (3 * rows);
        KernelRowTransform { outputs, taps, kernel, rows, columns, is_transposed, packed }.run(isa);
    }
}

impl Side {
    fn new(runs: &Runs, outputs: usize, block: usize, panel: usize) -> Self {
        let lines = runs.per_image * block;
        let place =
            |pixels: usize, channel: usize| index(channel / panel * lines * pixels * panel + channel % panel);
        Self {
            panel,
            lines,
            matrix_len: spaced(runs.channels.div_ceil(panel) * lines * panel),
            images: [1, outputs].map(|pixels| offsets(block, pixels * panel)),
            channels: [1, outputs]
                .map(|pixels| (0..runs.channels).map(|channel| place(pixels, channel)).collect()),
        }
    }
}

impl WinogradRowsGradient {
    pub fn new<T: Scalar>(isa: Isa, tiles: RowSums) -> Self {
        let block = block_size(tiles.positions(), [&tiles.big, &tiles.small], tiles.images);
        let (outputs, n) = (tiles.outputs, tiles.small.channels);
        // Panels as a product reads them, if they are of one width.
        let panel = Some(panel_columns::<T>(isa, n)).filter(|panel| n.is_multiple_of(*panel)).unwrap_or(n);
        Self {
            block,
            big: Side::new(&tiles.big, outputs, block, LINE),
            small: Side::new(&tiles.small, outputs, block, panel),
            kernel: offsets(tiles.big.channels, n),
            tiles,
        }
    }

    /// Values that [`WinogradRowsGradient::add`] needs for itself.
    pub fn scratch(&self) -> usize {
        let len = |side: &Side| self.tiles.positions() * side.matrix_len + SLACK;
        self.tiles.positions() * spaced(self.matrix_len()) + len(&self.big) + len(&self.small)
    }

    fn matrix_len(&self) -> usize {
        self.tiles.big.channels * self.tiles.small.channels
    }

    /// Adds the images' part to the kernel's gradient, `[3, 3, big channels, small channels]`, or writes it there.
    pub fn add<T: Scalar>(&self, isa: Isa, shard: ShardGradient<'_, T>) {
        let ShardGradient { images, big, small, mut is_new, gradient, scratch } = shard;
        let (tiles, matrix) = (&self.tiles, self.matrix_len());
        let (n, outputs, positions) = (tiles.small.channels, tiles.outputs, tiles.positions());
        let sums_len = spaced(matrix);
        let (sums, scratch) = scratch.split_at_mut(positions * sums_len);
        let (values, slopes) = scratch.split_at_mut(positions * self.big.matrix_len + SLACK);
        for block in blocks(images, self.block) {
            let count = block.len();
            let lay_out = |transform, runs: &Runs, side: &Side, from: &[T], to: &mut [T]| {
                let copies = matches!(transform, Transform::Copy);
                let pixels = if copies { outputs } else { 1 };
                for (line, from_at) in runs.at.chunks(tiles.images).enumerate() {
                    let lines = Lines {
                        transform,
                        outputs,
                        from,
                        from_at: &from_at[block.clone()],
                        from_step: runs.step,
                        to: &mut to[line * count * pixels * side.panel..],
                        to_at: &side.images[usize::from(copies)][..count],
                        to_step: if copies { side.panel } else { side.matrix_len },
                        channels: runs.channels,
                        panel: side.panel,
                        panel_step: side.lines * pixels * side.panel,
                        adds: false,
                        bias: None,
                        leak: T::ONE,
                    };
                    lines.run(isa);
                }
            };
            let product =
                |values: &[T], slopes: &[T], ky: usize, pixels: usize, is_new: bool, sums: &mut [T]| {
                    let a = tiles.first[ky] * count * pixels * self.big.panel;
                    let len = tiles.small.per_image * count * pixels;
                    let b = match self.small.panel < n {
                        true => RightFactor::Packed { data: slopes, depth: self.small.lines * pixels },
                        false => RightFactor::Rows { data: slopes, step: n },
                    };
                    let product = Product {
                        a: values,
                        a_rows: &self.big.channels[usize::from(pixels > 1)],
                        a_step: self.big.panel,
                        b,
                        segments: &[Segment { a: index(a), b: 0, len: index(len) }],
                        start: if is_new { Start::Zero } else { Start::Accumulate },
                        ..Product::over(sums, &self.kernel, n)
                    };
                    product.run(isa);
                };
            // The middle column of taps meets the odd columns of the big image.
            lay_out(Transform::Copy, &tiles.big, &self.big, &big[tiles.big.channels..], values);
            lay_out(Transform::Copy, &tiles.small, &self.small, small, slopes);
            for ky in 0..3 {
                let middle = &mut gradient[(3 * ky + 1) * matrix..][..matrix];
                product(values, slopes, ky, outputs, is_new, middle);
            }
            lay_out(Transform::Patch, &tiles.big, &self.big, big, values);
            lay_out(Transform::Spread, &tiles.small, &self.small, small, slopes);
            for ky in 0..3 {
                for (position, sums) in sums.chunks_mut(sums_len).enumerate() {
                    let values = &values[position * self.big.matrix_len..];
                    let slopes = &slopes[position * self.small.matrix_len..];
                    product(values, slopes, ky, 1, true, sums);
                }
                let taps = Lines {
                    transform: Transform::Gather,
                    outputs,
                    from: sums,
                    from_at: &[0],
                    from_step: sums_len,
                    to: gradient,
                    to_at: &[index(3 * ky * matrix)],
                    to_step: 2 * matrix,
                    channels: matrix,
                    panel: matrix,
                    panel_step: 0,
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
