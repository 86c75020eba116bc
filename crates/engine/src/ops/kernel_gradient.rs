//! The gradient of a kernel: shard by shard into a group's buffer, or at once over the batch.

use std::ops::Range;

use super::linear::Linear;
use super::winograd::WinogradGradient;
use super::winograd_rows::WinogradRowsGradient;
use super::{Environment, GroupGradients, blocks};
use crate::kernels::occupied::{OccupiedRows, SPARSE_ROWS, occupied_steps};
use crate::kernels::pack::{Pack, Placement};
use crate::kernels::product::{Product, Right, Segment, Start};
use crate::linear::{LINE, LINES, PixelSums, index};
use crate::shape::Shape;
use crate::shared::Shared;
use crate::simd::{Isa, Real};
use crate::workspace::{Shard, Workspace};

/// Columns of a narrow kernel.
const NARROW: usize = 16;

/// Where the kernel's gradient is summed.
#[derive(Clone, Copy)]
pub(crate) enum KernelSum {
    /// Shard by shard, from this place of a group's buffer on.
    Group(usize),
    /// At once over the batch.
    Batch,
    /// At once over the batch, whose pixels of the small side are the `depth` rows of a packed matrix.
    PackedBatch { matrix: usize, depth: usize },
}

/// The kernel gradient by Winograd tiles.
pub(crate) enum TileGradient {
    Squares(WinogradGradient),
    Rows(Box<WinogradRowsGradient>),
}

impl TileGradient {
    /// Values that it needs for itself.
    pub fn scratch(&self) -> usize {
        match self {
            TileGradient::Squares(tiles) => tiles.scratch(),
            TileGradient::Rows(tiles) => tiles.scratch(),
        }
    }
}

impl Linear {
    /// Adds one shard's part of the kernel's gradient to that of its one group, which begins at `at`.
    pub(super) fn add_group_gradient<T: Real>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        group: &mut GroupGradients<'_, T>,
        at: usize,
    ) {
        // SAFETY: no other scratch of this shard is in use.
        #[allow(unsafe_code)]
        let scratch = unsafe { shard.scratch() };
        let images = shard.images;
        let ([x, dy], []) = shard.borrow([self.x, self.dy], []);
        let (big, small) = if self.gathers { (x, dy) } else { (dy, x) };
        let gradient = &mut group.values[at..at + self.kernel.len()];
        match &self.winograd_gradient {
            Some(TileGradient::Squares(tiles)) => {
                tiles.add(env.isa, images, big, small, group.is_new, gradient, scratch)
            }
            Some(TileGradient::Rows(tiles)) => {
                tiles.add(env.isa, images, big, small, group.is_new, gradient, scratch)
            }
            None => self.add_pixels(env.isa, images, big, small, group.is_new, gradient),
        }
    }

    /// Adds the images' part of the kernel's gradient, summed over pixels, or writes it.
    fn add_pixels<T: Real>(
        &self,
        isa: Isa,
        images: usize,
        big: &[T],
        small: &[T],
        is_new: bool,
        gradient: &mut [T],
    ) {
        let sweep = &self.kernel_sweep;
        let (big, small) = ((big, sweep.big_step), (small, sweep.small_step));
        let ((a, a_step), (data, step), n) = match self.geometry.kernel_columns() {
            // One small channel: the roles change, so that vectors run along the big channels of a row of taps.
            1 => (small, big, self.geometry.kernel.columns * self.geometry.big_channels()),
            n => (big, small, n),
        };
        for sums in &sweep.sums {
            let product = Product {
                a,
                a_rows: &sums.a_rows,
                a_step,
                b: Right::Rows { data, step },
                segments: &sums.runs[..images * sums.runs_per_image],
                start: if is_new { Start::Zero } else { Start::Accumulate },
                ..Product::over(gradient, &sums.kernel, n)
            };
            product.run(isa);
        }
    }

    /// Packs this shard's pixels of the small side, over which the kernel's gradient is summed.
    pub(super) fn pack_pixels<T: Real>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        matrix: usize,
        depth: usize,
    ) {
        let (id, n) = (if self.gathers { self.dy } else { self.x }, self.geometry.kernel_columns());
        let (layout, images) = (shard.layout(id), shard.images);
        let mut row = shard.first * self.geometry.small_pixels();
        let ([small], []) = shard.borrow([id], []);
        for (at, _, len) in layout.runs(layout, images) {
            let (packed, values) = (&env.packed[matrix], &small[at..at + len]);
            let to = Placement::Rows { depth: row };
            T::dispatch_rows(env.isa, n, Pack { packed, depth, n, values, row_len: n, to });
            row += len / n;
        }
    }

    /// The gradient of kernel rows `rows`, summed over the batch: `gradient` holds those rows. As many values from each
    /// of `soon` on are fetched meanwhile.
    #[allow(clippy::too_many_arguments)]
    pub fn batch_kernel_gradient<T: Real>(
        &self,
        isa: Isa,
        workspace: &Workspace<T>,
        packed: &[Shared<T>],
        images: usize,
        rows: Range<usize>,
        gradient: &mut [T],
        soon: &mut [*const T],
        list: &mut [u32],
        scratch: &mut [T],
    ) {
        let (n, sweep, base) = (self.geometry.kernel_columns(), &self.kernel_sweep, rows.start);
        let PixelSums { a_rows: taps, kernel, .. } = &sweep.sums[0];
        let (big, small) = if self.gathers { (self.x, self.dy) } else { (self.dy, self.x) };
        let kept = |id| (workspace.resident(id, images), workspace.layout(id).stride());
        let (a, a_step) = kept(big);
        let (b, copies) = match self.kernel_sum {
            KernelSum::PackedBatch { matrix, depth } => {
                (Right::Packed { data: packed[matrix].get(), depth }, !self.skips_zeros)
            }
            _ => {
                let (data, step) = kept(small);
                (Right::Rows { data, step }, false)
            }
        };
        let mut product =
            |a: &[T], a_step, a_rows: &[u32], rows: Range<usize>, segment: Option<Segment>, steps: &[u32]| {
                let goes_on = segment.is_some_and(|segment| segment.b > 0);
                let product = Product {
                    a,
                    a_rows,
                    a_step,
                    b,
                    segments: segment.as_slice(),
                    steps,
                    start: if goes_on { Start::Accumulate } else { Start::Zero },
                    soon: if goes_on { &mut [] } else { soon },
                    ..Product::over(gradient, &kernel[rows.start - base..rows.end - base], n)
                };
                product.run(isa);
            };
        let all = Some(Segment { a: 0, b: 0, len: index(images) });
        if self.skips_zeros {
            let (bits, list) = list.split_at_mut(images);
            for first in rows.clone().step_by(32) {
                let block = first..(first + 32).min(rows.end);
                let at = taps[first] as usize;
                T::dispatch(isa, OccupiedRows { a, first: at, width: block.len(), a_step, bits });
                let occupied: u32 = bits.iter().map(|bits| bits.count_ones()).sum();
                if occupied as usize * 2 > block.len() * images {
                    product(a, a_step, &taps[block.clone()], block, all, &[]);
                    continue;
                }
                for first in block.clone().step_by(SPARSE_ROWS) {
                    let tile = first..(first + SPARSE_ROWS).min(block.end);
                    let found = occupied_steps(bits, tile.start - block.start..tile.end - block.start, list);
                    product(a, a_step, &taps[tile.clone()], tile, None, &list[..found]);
                }
            }
        } else if self.is_narrow() {
            self.narrow_gradient(isa, images, (a, a_step), kept(small), rows, gradient, scratch);
        } else if !copies {
            product(a, a_step, &taps[rows.clone()], rows, all, &[]);
        } else {
            let (channels, pixels) = (self.geometry.big_channels(), images * self.geometry.small_pixels());
            let mut first = rows.start;
            while first < rows.end {
                let of_tap = first..rows.end.min((first / channels + 1) * channels);
                for block in blocks(pixels, LINES) {
                    sweep.copy_lines(a, first, of_tap.len(), block.clone(), scratch);
                    let segment = Segment { a: 0, b: index(block.start), len: index(block.len()) };
                    product(scratch, LINE, &sweep.lines[..of_tap.len()], of_tap.clone(), Some(segment), &[]);
                }
                first = of_tap.end;
            }
        }
    }

    /// Whether the kernel's gradient over the batch has vectors along its rows: it has few columns and many rows, which lie
    /// side by side.
    fn is_narrow(&self) -> bool {
        let (rows, columns) = (self.geometry.kernel_rows(), self.geometry.kernel_columns());
        let is_dense = matches!(self.geometry.big, Shape::Vector(_));
        is_dense && columns <= NARROW && rows > NARROW && !self.skips_zeros
    }

    /// The gradient of rows of a narrow kernel. All of a block of images passes by before the next block: one image after
    /// the other for each of the rows would mean one page of memory after the other.
    #[allow(clippy::too_many_arguments)]
    fn narrow_gradient<T: Real>(
        &self,
        isa: Isa,
        images: usize,
        (big, big_step): (&[T], usize),
        (small, small_step): (&[T], usize),
        rows: Range<usize>,
        gradient: &mut [T],
        turned: &mut [T],
    ) {
        const IMAGES: usize = 16;
        let (n, len) = (self.geometry.kernel_columns(), rows.len());
        let (columns, places): ([u32; NARROW], [u32; NARROW]) =
            (std::array::from_fn(index), std::array::from_fn(|column| index(column * len)));
        for first in (0..images).step_by(IMAGES) {
            let (a, b) = (index(first * small_step), index(first * big_step));
            let product = Product {
                a: small,
                a_rows: &columns[..n],
                a_step: small_step,
                b: Right::Rows { data: &big[rows.start..], step: big_step },
                segments: &[Segment { a, b, len: index(IMAGES.min(images - first)) }],
                start: if first == 0 { Start::Zero } else { Start::Accumulate },
                ..Product::over(&mut turned[..n * len], &places[..n], len)
            };
            product.run(isa);
        }
        for (row, gradient) in gradient.chunks_mut(n).enumerate() {
            for (column, value) in gradient.iter_mut().enumerate() {
                *value = turned[column * len + row];
            }
        }
    }

    /// Values that [`Linear::batch_kernel_gradient`] of `rows` kernel rows needs for itself.
    pub fn batch_scratch(&self, rows: usize) -> usize {
        match self.kernel_sum {
            KernelSum::PackedBatch { .. } if !self.skips_zeros => {
                LINES * rows.min(self.geometry.big_channels()).next_multiple_of(LINE)
            }
            _ if self.is_narrow() => self.geometry.kernel_columns() * rows,
            _ => 0,
        }
    }
}
