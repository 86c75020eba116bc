//! Convolutions with stride 1 by square Winograd tiles: block after block of tiles, so that their matrices stay in
//! the second-level cache.

use std::ops::Range;

use super::Environment;
use crate::kernels::product::{Product, Right, Segment, Start};
use crate::kernels::winograd::{Gradients, KernelGradient, Outputs, Patches, TransformKernel};
use crate::shared::Shared;
use crate::simd::{Isa, Real};
use crate::tiles::Tiles;
use crate::workspace::SLACK;

/// One direction with the transformed kernel it reads.
pub(crate) struct Winograd {
    tiles: Tiles,
    /// Number of the packed matrices.
    pub matrix: usize,
    /// Small → big: the kernel is read turned around.
    turned: bool,
    block: usize,
    /// Offsets of the tiles' rows in the matrices of patches and of products.
    values: Vec<u32>,
    products: Vec<u32>,
}

/// The kernel gradient over the tiles of big → small.
pub(crate) struct WinogradGradient {
    tiles: Tiles,
    block: usize,
    /// Offsets of the big channels in a patch, and of their rows in the matrices of sums.
    channels: Vec<u32>,
    sums: Vec<u32>,
}

/// Tiles of a block: its two sets of matrices take 384 KiB of f32.
fn block_size(tiles: &Tiles) -> usize {
    const VALUES: usize = 96 * 1024;
    (VALUES / (tiles.positions() * (tiles.source.channels + tiles.target.channels)) / 6 * 6).clamp(12, 48)
}

/// Blocks of nearly equal size, of at most `block`.
pub(super) fn blocks(tiles: usize, block: usize) -> impl Iterator<Item = Range<usize>> {
    let size = tiles.div_ceil(tiles.div_ceil(block).max(1)).max(1);
    (0..tiles).step_by(size).map(move |first| first..(first + size).min(tiles))
}

/// Values of a block's two sets of matrices, each with slack behind it.
fn scratch(tiles: &Tiles, block: usize) -> usize {
    tiles.positions() * block * (tiles.source.channels + tiles.target.channels) + 2 * SLACK
}

/// 0, `step`, 2 · `step`, …
pub(super) fn offsets(count: usize, step: usize) -> Vec<u32> {
    (0..count).map(|row| (row * step) as u32).collect()
}

impl Winograd {
    pub fn new(tiles: Tiles, matrix: usize, turned: bool) -> Self {
        let block = block_size(&tiles);
        let (values, products) =
            (offsets(block, tiles.source.channels), offsets(block, tiles.target.channels));
        Self { tiles, matrix, turned, block, values, products }
    }

    /// Values that [`Winograd::run`] needs for itself.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, self.block)
    }

    /// The images in `from`, convolved, to `to`.
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
        let Tiles { side, source, target, .. } = self.tiles;
        let (depth, n, positions) = (source.channels, target.channels, self.tiles.positions());
        let packed = env.packed[self.matrix].get();
        let length = packed.len() / positions;
        for block in blocks(images * self.tiles.per_image, self.block) {
            let count = block.len();
            let (values, products) = scratch.split_at_mut(positions * count * depth + SLACK);
            let patches = &self.tiles.patches[block.clone()];
            if side == 6 {
                T::dispatch(env.isa, Patches::<T, 6> { source: from, pixels: source, patches, out: values });
            } else {
                T::dispatch(env.isa, Patches::<T, 8> { source: from, pixels: source, patches, out: values });
            }
            for position in 0..positions {
                let product = Product {
                    a: &values[position * count * depth..],
                    a_rows: &self.values[..count],
                    b: Right::Packed { data: &packed[position * length..(position + 1) * length], depth },
                    segments: &[Segment { a: 0, b: 0, len: depth as u32 }],
                    ..Product::over(&mut products[position * count * n..], &self.products[..count], n)
                };
                product.run(env.isa);
            }
            let (products, tiles, pixels) = (&*products, &self.tiles.tiles[block], target);
            if side == 6 {
                T::dispatch(env.isa, Outputs::<T, 6> { products, tiles, pixels, bias, leak, out: to });
            } else {
                T::dispatch(env.isa, Outputs::<T, 8> { products, tiles, pixels, bias, leak, out: to });
            }
        }
    }

    /// Transforms the whole kernel `[r, r, rows, columns]`.
    pub fn pack<T: Real>(&self, isa: Isa, packed: &[Shared<T>], kernel: &[T], rows: usize, columns: usize) {
        let (packed, turned) = (&packed[self.matrix], self.turned);
        if self.tiles.side == 6 {
            T::dispatch(isa, TransformKernel::<T, 3, 6> { kernel, rows, columns, turned, packed });
        } else {
            T::dispatch(isa, TransformKernel::<T, 5, 8> { kernel, rows, columns, turned, packed });
        }
    }
}

impl WinogradGradient {
    pub fn new(tiles: Tiles) -> Self {
        let (rows, columns) = (tiles.source.channels, tiles.target.channels);
        let block = block_size(&tiles);
        Self { tiles, block, channels: offsets(rows, 1), sums: offsets(rows, columns) }
    }

    /// Values that [`WinogradGradient::add`] and [`WinogradGradient::finish`] need for themselves.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, self.block).max(self.sums_len())
    }

    /// Values of the sums over tiles, `[position, big channels, small channels]`, from which the kernel's
    /// gradient comes in the end.
    pub fn sums_len(&self) -> usize {
        self.tiles.positions() * self.channels.len() * self.tiles.target.channels
    }

    /// Adds the images' part to the sums over tiles.
    pub fn add<T: Real>(
        &self,
        isa: Isa,
        images: usize,
        big: &[T],
        small: &[T],
        sums: &mut [T],
        scratch: &mut [T],
    ) {
        let Tiles { side, source, target, .. } = self.tiles;
        let (rows, n, positions) = (source.channels, target.channels, self.tiles.positions());
        for block in blocks(images * self.tiles.per_image, self.block) {
            let count = block.len();
            let (values, slopes) = scratch.split_at_mut(positions * count * rows + SLACK);
            let patches = &self.tiles.patches[block.clone()];
            let (tiles, pixels) = (&self.tiles.tiles[block], target);
            if side == 6 {
                T::dispatch(isa, Patches::<T, 6> { source: big, pixels: source, patches, out: values });
                T::dispatch(isa, Gradients::<T, 6> { gradient: small, tiles, pixels, out: slopes });
            } else {
                T::dispatch(isa, Patches::<T, 8> { source: big, pixels: source, patches, out: values });
                T::dispatch(isa, Gradients::<T, 8> { gradient: small, tiles, pixels, out: slopes });
            }
            for position in 0..positions {
                let product = Product {
                    a: &values[position * count * rows..],
                    a_rows: &self.channels,
                    a_step: rows,
                    b: Right::Rows { data: &slopes[position * count * n..], step: n },
                    segments: &[Segment { a: 0, b: 0, len: count as u32 }],
                    start: Start::Accumulate,
                    ..Product::over(&mut sums[position * rows * n..(position + 1) * rows * n], &self.sums, n)
                };
                product.run(isa);
            }
        }
    }

    /// The kernel's gradient, `[r, r, big channels, small channels]`, from the sums over tiles.
    pub fn finish<T: Real>(&self, isa: Isa, sums: &[T], gradient: &mut [T]) {
        let (products, rows, columns) = (sums, self.channels.len(), self.tiles.target.channels);
        if self.tiles.side == 6 {
            T::dispatch(isa, KernelGradient::<T, 3, 6> { products, rows, columns, gradient });
        } else {
            T::dispatch(isa, KernelGradient::<T, 5, 8> { products, rows, columns, gradient });
        }
    }
}
