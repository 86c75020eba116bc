//! The gradient of a kernel: shard by shard into a group's buffer, or at once over the batch.
//!
//! Which of the two is [`Geometry::summation`]'s choice. Shard by shard it is formed by Winograd tiles, or as sums
//! over pixels, with the roles of both sides changed where the small one has a single channel.
//!
//! Over the batch there are four:
//!
//! | way | for |
//! |---|---|
//! | leave out zeros | the first dense layer, which reads the images |
//! | vectors along the kernel's rows | dense kernels of few columns, whose own rows would leave vectors empty |
//! | from copies in the order of reading | kernels that read every pixel so often that copies pay |
//! | in place | all others |

use std::ops::Range;

use super::shard_gradient::ShardGradient;
use super::winograd::WinogradGradient;
use super::winograd_rows::WinogradRowsGradient;
use crate::geometry::Geometry;
use crate::geometry::pixel_sums::{KernelSweep, LINE, LINES};
use crate::graph::environment::{Environment, ParameterGradients, blocks};
use crate::graph::op::{BatchGradient, KernelSum};
use crate::kernels::occupied::{OccupiedRows, SPARSE_ROWS, occupied_steps};
use crate::kernels::pack::{Pack, Placement};
use crate::kernels::product::{Product, RightFactor, Segment, Start};
use crate::layout::{Run, index};
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, Scratch, Shard};
use network::Shape;

/// Columns of a narrow kernel.
const NARROW_COLUMNS: usize = 16;

/// The gradient of a layer's kernel.
pub(crate) struct KernelGradient {
    pub geometry: Geometry,
    /// The two sides: the layer's input and the gradient of its output, or the other way round.
    pub big: BufferId,
    pub small: BufferId,
    /// Rows of an image on both sides.
    pub each: usize,
    pub sweep: KernelSweep,
    /// The way by tiles, where that is faster than `sweep`.
    pub tiles: Option<TileGradient>,
    pub sum: KernelSum,
    /// Whether the big side is the images themselves, whose zeros need no products.
    pub skips_zeros: bool,
}

/// The gradient by Winograd tiles.
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

/// One product of [`BatchGradient`]: rows of the kernel from rows of the big side.
struct RowProduct<'a, T> {
    big: &'a [T],
    big_rows: &'a [u32],
    big_step: usize,
    rows: Range<usize>,
    segment: Option<Segment>,
    steps: &'a [u32],
}

impl KernelGradient {
    /// Leaves what one shard has of the gradient: its sum over the shard, or the pixels that phase two sums over.
    pub fn leave<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        match self.sum {
            KernelSum::Group(at) => self.add_shard(env, shard, gradients, at),
            KernelSum::Batch => {}
            KernelSum::PackedBatch { matrix, depth } => {
                self.pack_pixels(env, shard, gradients, matrix, depth);
            }
        }
    }

    /// Adds one shard's part to that of its one group, which begins at `at`.
    fn add_shard<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
        at: usize,
    ) {
        let (images, is_new) = (shard.rows(self.big), gradients.is_new);
        let ([big, small], [], scratch) = shard.borrow_with_scratch([self.big, self.small], []);
        let len = self.geometry.kernel_rows() * self.geometry.kernel_columns();
        let gradient = &mut gradients.groups[at..at + len];
        let part = ShardGradient { images, big, small, is_new, gradient, scratch: scratch.values };
        match &self.tiles {
            Some(TileGradient::Squares(tiles)) => tiles.add(env.isa, part),
            Some(TileGradient::Rows(tiles)) => tiles.add(env.isa, part),
            None => self.add_pixels(env.isa, part),
        }
    }

    /// Adds the images' part, summed over pixels, or writes it.
    fn add_pixels<T: Scalar>(&self, isa: Isa, shard: ShardGradient<'_, T>) {
        let ShardGradient { images, big, small, is_new, gradient, .. } = shard;
        let sweep = &self.sweep;
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
                b: RightFactor::Rows { data, step },
                segments: &sums.runs[..images * sums.runs_per_image],
                start: if is_new { Start::Zero } else { Start::Accumulate },
                ..Product::over(gradient, &sums.kernel, n)
            };
            product.run(isa);
        }
    }

    /// Packs this shard's pixels of the small side.
    fn pack_pixels<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
        matrix: usize,
        depth: usize,
    ) {
        let n = self.geometry.kernel_columns();
        let (layout, images) = (shard.layout(self.small), shard.rows(self.small));
        let mut row = shard.first_row(self.small) * self.geometry.small_pixels();
        let ([small], []) = shard.borrow([self.small], []);
        for Run { from, len, .. } in layout.runs(layout, images) {
            let (packed, values) = (gradients.pixels.buffer(matrix), &small[from..from + len]);
            let to = Placement::Rows { depth: row };
            T::dispatch_rows(env.isa, n, Pack { packed, depth, n, values, row_len: n, to });
            row += len / n;
        }
    }

    /// The gradient of some rows, summed over the batch. `scratch` holds [`KernelGradient::batch_scratch`] values.
    pub fn over_batch<T: Scalar>(&self, mut batch: BatchGradient<'_, T>, scratch: Scratch<'_, T>) {
        batch.images *= self.each;
        if self.skips_zeros {
            self.occupied_rows(&mut batch, scratch.list);
        } else if self.is_narrow() {
            self.narrow_rows(batch, scratch.values);
        } else if matches!(self.sum, KernelSum::PackedBatch { .. }) {
            self.copied_rows(&mut batch, scratch.values);
        } else {
            let rows = batch.rows.clone();
            let (big, big_step) = side(&batch, self.big);
            let big_rows = &self.sweep.sums[0].a_rows[rows.clone()];
            let segment = Some(Segment { a: 0, b: 0, len: index(batch.images) });
            self.product(&mut batch, RowProduct { big, big_rows, big_step, rows, segment, steps: &[] });
        }
    }

    /// One product with the small side.
    fn product<T: Scalar>(&self, batch: &mut BatchGradient<'_, T>, product: RowProduct<'_, T>) {
        let RowProduct { big, big_rows, big_step, rows, segment, steps } = product;
        let b = match self.sum {
            KernelSum::PackedBatch { matrix, depth } => {
                RightFactor::Packed { data: batch.pixels.buffer(matrix), depth }
            }
            KernelSum::Batch | KernelSum::Group(_) => {
                let (data, step) = side(batch, self.small);
                RightFactor::Rows { data, step }
            }
        };
        let goes_on = segment.is_some_and(|segment| segment.b > 0);
        let places = &self.sweep.sums[0].kernel[rows.start - batch.rows.start..rows.end - batch.rows.start];
        let product = Product {
            a: big,
            a_rows: big_rows,
            a_step: big_step,
            b,
            segments: segment.as_slice(),
            steps,
            start: if goes_on { Start::Accumulate } else { Start::Zero },
            prefetch: if goes_on { &mut [] } else { batch.prefetch },
            ..Product::over(batch.gradient, places, self.geometry.kernel_columns())
        };
        product.run(batch.isa);
    }

    /// Rows over images with many zeros: of each tile of rows, those at which any of its pixels is not 0.
    fn occupied_rows<T: Scalar>(&self, batch: &mut BatchGradient<'_, T>, list: &mut [u32]) {
        let taps = &self.sweep.sums[0].a_rows;
        let (big, big_step) = side(batch, self.big);
        let (rows, images) = (batch.rows.clone(), batch.images);
        let (bits, list) = list.split_at_mut(images);
        for first in rows.clone().step_by(32) {
            let block = first..(first + 32).min(rows.end);
            let at = taps[first] as usize;
            let occupied = OccupiedRows { a: big, first: at, width: block.len(), a_step: big_step, bits };
            T::dispatch(batch.isa, occupied);
            let occupied: u32 = bits.iter().map(|bits| bits.count_ones()).sum();
            if occupied as usize * 2 > block.len() * images {
                let segment = Some(Segment { a: 0, b: 0, len: index(images) });
                let big_rows = &taps[block.clone()];
                let product = RowProduct { big, big_rows, big_step, rows: block, segment, steps: &[] };
                self.product(batch, product);
                continue;
            }
            for first in block.clone().step_by(SPARSE_ROWS) {
                let tile = first..(first + SPARSE_ROWS).min(block.end);
                let count = occupied_steps(bits, tile.start - block.start..tile.end - block.start, list);
                let (big_rows, steps) = (&taps[tile.clone()], &list[..count]);
                let product = RowProduct { big, big_rows, big_step, rows: tile, segment: None, steps };
                self.product(batch, product);
            }
        }
    }

    /// Rows from copies of the big side's pixels, in the order in which the product reads them.
    fn copied_rows<T: Scalar>(&self, batch: &mut BatchGradient<'_, T>, lines: &mut [T]) {
        let (big, _) = side(batch, self.big);
        let channels = self.geometry.big_channels();
        let pixels = batch.images * self.geometry.small_pixels();
        let (mut first, end) = (batch.rows.start, batch.rows.end);
        while first < end {
            let of_tap = first..end.min((first / channels + 1) * channels);
            for block in blocks(pixels, LINES) {
                self.sweep.copy_lines(big, first, of_tap.len(), block.clone(), lines);
                let product = RowProduct {
                    big: lines,
                    big_rows: &self.sweep.lines[..of_tap.len()],
                    big_step: LINE,
                    rows: of_tap.clone(),
                    segment: Some(Segment { a: 0, b: index(block.start), len: index(block.len()) }),
                    steps: &[],
                };
                self.product(batch, product);
            }
            first = of_tap.end;
        }
    }

    /// Whether the gradient over the batch has vectors along the kernel's rows: it has few columns and many rows, which lie
    /// side by side.
    fn is_narrow(&self) -> bool {
        let (rows, columns) = (self.geometry.kernel_rows(), self.geometry.kernel_columns());
        let is_dense = matches!(self.geometry.big, Shape::Vector(_));
        is_dense && columns <= NARROW_COLUMNS && rows > NARROW_COLUMNS && !self.skips_zeros
    }

    /// Rows of a narrow kernel. All of a block of images passes by before the next block: one image after the other for
    /// each of the rows would mean one page of memory after the other.
    fn narrow_rows<T: Scalar>(&self, batch: BatchGradient<'_, T>, transposed: &mut [T]) {
        const IMAGES: usize = 16;
        let ((big, big_step), (small, small_step)) = (side(&batch, self.big), side(&batch, self.small));
        let BatchGradient { isa, images, rows, gradient, .. } = batch;
        let (n, len) = (self.geometry.kernel_columns(), rows.len());
        let (columns, places): ([u32; NARROW_COLUMNS], [u32; NARROW_COLUMNS]) =
            (std::array::from_fn(index), std::array::from_fn(|column| index(column * len)));
        for first in (0..images).step_by(IMAGES) {
            let (a, b) = (index(first * small_step), index(first * big_step));
            let product = Product {
                a: small,
                a_rows: &columns[..n],
                a_step: small_step,
                b: RightFactor::Rows { data: &big[rows.start..], step: big_step },
                segments: &[Segment { a, b, len: index(IMAGES.min(images - first)) }],
                start: if first == 0 { Start::Zero } else { Start::Accumulate },
                ..Product::over(&mut transposed[..n * len], &places[..n], len)
            };
            product.run(isa);
        }
        for (row, gradient) in gradient.chunks_mut(n).enumerate() {
            for (column, value) in gradient.iter_mut().enumerate() {
                *value = transposed[column * len + row];
            }
        }
    }

    /// Values that [`KernelGradient::over_batch`] of `rows` rows needs for itself.
    pub fn batch_scratch(&self, rows: usize) -> usize {
        match self.sum {
            KernelSum::PackedBatch { .. } if !self.skips_zeros => {
                LINES * rows.min(self.geometry.big_channels()).next_multiple_of(LINE)
            }
            _ if self.is_narrow() => self.geometry.kernel_columns() * rows,
            _ => 0,
        }
    }
}

/// One side of the batch, and the values from one image to the next.
fn side<'a, T: Scalar>(batch: &BatchGradient<'a, T>, id: BufferId) -> (&'a [T], usize) {
    (batch.resident.values(id, batch.images), batch.resident.layout(id).stride())
}
