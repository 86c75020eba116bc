//! The geometry behind every layer with a kernel.
//!
//! A convolution relates a *big* image (its input) and a *small* one (its output) through a kernel
//! `[kernel_h, kernel_w, big channels, small channels]`:
//!
//! - **gather** big → small: small[p, b] = Σ_{tap, a} big[p · stride + tap − pad, a] · K[tap, a, b];
//! - **scatter** small → big: its transpose;
//! - **kernel gradient**: dK[tap, a, b] = Σ_p big[p · stride + tap − pad, a] · small[p, b].
//!
//! `Conv2d` gathers forward and scatters its gradient; `Conv2dTranspose` scatters forward and gathers; a
//! dense layer is one pixel on both sides. (Dumoulin & Visin 2016, *A guide to convolution arithmetic*.)
//! Here each of the three becomes tables for the one [`Product`](crate::kernels::product::Product).

use std::ops::Range;

use crate::kernels::product::Segment;
use crate::layer::{Conv, Pair, padding_before};
use crate::layout::{Border, Layout};
use crate::shape::Shape;

/// Sizes of the two images and the window between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub big: Shape,
    pub small: Shape,
    pub kernel: Pair,
    pub stride: Pair,
    /// Zeros above and left of the big image.
    pub before: Pair,
}

/// How the gradient of a kernel is summed over pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summation {
    /// Shard by shard and group by group.
    Shards,
    /// At once over the batch.
    Batch,
    /// At once over the batch, from copies of the small side's pixels, and but for images with zeros of the big one's,
    /// in the order in which products read them.
    PackedBatch,
}

impl Geometry {
    pub fn dense(inputs: usize, units: usize) -> Self {
        Self {
            big: Shape::Vector(inputs),
            small: Shape::Vector(units),
            kernel: Pair::square(1),
            stride: Pair::square(1),
            before: Pair::square(0),
        }
    }

    pub fn conv(conv: &Conv, big: Shape, small: Shape) -> Self {
        let ((height, width, _), (rows, columns, _)) = (big.pixels(), small.pixels());
        let (kernel, stride) = (conv.kernel, conv.stride);
        let before = Pair {
            rows: padding_before(height, rows, kernel.rows, stride.rows, conv.padding),
            columns: padding_before(width, columns, kernel.columns, stride.columns, conv.padding),
        };
        Self { big, small, kernel, stride, before }
    }

    pub fn big_channels(&self) -> usize {
        self.big.pixels().2
    }

    pub fn small_channels(&self) -> usize {
        self.small.pixels().2
    }

    /// Rows of the kernel as a matrix: tap by tap, big channel by big channel.
    pub fn kernel_rows(&self) -> usize {
        self.kernel.rows * self.kernel.columns * self.big_channels()
    }

    /// Columns of the kernel as a matrix.
    pub fn kernel_columns(&self) -> usize {
        self.small_channels()
    }

    /// Pixels of the small image.
    pub fn small_pixels(&self) -> usize {
        let (rows, columns, _) = self.small.pixels();
        rows * columns
    }

    /// Multiplications of one pass over one image.
    pub fn products(&self) -> usize {
        self.small_pixels() * self.kernel_rows() * self.kernel_columns()
    }

    /// Whether the small side is one pixel.
    pub fn is_pointwise(&self) -> bool {
        self.small_pixels() == 1
    }

    /// How the kernel's gradient is summed over the pixels of a batch.
    pub fn summation(&self, batch: usize) -> Summation {
        // Kernels with so many values for every pixel cost more to add up, shard by shard and group by group, than the
        // products do, or than tiles along rows save of them.
        let values_per_pixel = if self.row_outputs().is_some() { 128 } else { 64 };
        // Kernels that read every pixel so often repay its copies.
        const MANY_ROWS: usize = 256;
        const MANY_COLUMNS: usize = 64;
        let (rows, columns) = (self.kernel_rows(), self.kernel_columns());
        if self.is_pointwise() {
            let packs = rows >= MANY_ROWS && columns >= MANY_COLUMNS;
            if packs { Summation::PackedBatch } else { Summation::Batch }
        } else if columns > 1
            && self.square_side().is_none()
            && batch.saturating_mul(values_per_pixel * self.small_pixels()) < rows * columns
        {
            Summation::PackedBatch
        } else {
            Summation::Shards
        }
    }

    /// The border the big image needs when it is read (gather, kernel gradient).
    pub fn big_border(&self) -> Border {
        if self.square_side().is_some() {
            return self.square_big_border();
        }
        let ((height, width, _), (rows, columns, _)) = (self.big.pixels(), self.small.pixels());
        let after = |n: usize, before: usize, out: usize, stride: usize, kernel: usize| {
            ((out - 1) * stride + kernel).saturating_sub(before + n)
        };
        Border {
            top: self.before.rows,
            bottom: after(height, self.before.rows, rows, self.stride.rows, self.kernel.rows),
            left: self.before.columns,
            right: after(width, self.before.columns, columns, self.stride.columns, self.kernel.columns),
        }
    }

    /// The border the small image needs when it is read by [`Geometry::scatter`].
    pub fn small_border(&self) -> Border {
        if self.is_pointwise() {
            return Border::default();
        }
        if self.square_side().is_some() {
            return self.square_small_border();
        }
        let reach = |n: usize, out: usize, before: usize, stride: usize, kernel: usize| {
            let (mut low, mut high) = (0i64, out as i64 - 1);
            for phase in Phase1d::all(n, before, stride, kernel) {
                if phase.taps > 0 {
                    low = low.min(phase.first + 1 - phase.taps as i64);
                    high = high.max(phase.first + phase.count as i64 - 1);
                }
            }
            ((-low) as usize, (high + 1 - out as i64) as usize)
        };
        let ((height, width, _), (rows, columns, _)) = (self.big.pixels(), self.small.pixels());
        let (top, bottom) = reach(height, rows, self.before.rows, self.stride.rows, self.kernel.rows);
        let (left, right) =
            reach(width, columns, self.before.columns, self.stride.columns, self.kernel.columns);
        Border { top, bottom, left, right }
    }

    /// Tables for big → small over `images` images, with the kernel's columns `taps` alone.
    pub fn gather(&self, big: Layout, small: Layout, images: usize, taps: Range<usize>) -> Sweep {
        let (rows, columns, _) = self.small.pixels();
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for image in 0..images {
            for y in 0..rows {
                for x in 0..columns {
                    from.push(index(image * big.stride() + self.window(big, y, x)));
                    to.push(index(image * small.stride() + small.at(y, x)));
                }
            }
        }
        let (skipped, run) = (taps.start * self.big_channels(), taps.len() * self.big_channels());
        let segments = (0..self.kernel.rows)
            .map(|ky| Segment { a: index(ky * big.pitch() + skipped), b: index(ky * run), len: index(run) })
            .collect();
        Sweep { from, to, per_image: rows * columns, segments, depth: self.kernel.rows * run }
    }

    /// Tables for small → big over `images` images: one sweep per set of output pixels that meet the same
    /// taps (the residues of the stride), with the place of each kernel row in the sweep's packed matrix.
    pub fn scatter(&self, small: Layout, big: Layout, images: usize) -> Vec<(Sweep, Vec<TapPlace>)> {
        let (height, width, _) = self.big.pixels();
        let vertical = self.phases(height, self.before.rows, self.stride.rows, self.kernel.rows);
        let horizontal = self.phases(width, self.before.columns, self.stride.columns, self.kernel.columns);
        let mut sweeps = Vec::new();
        for v in &vertical {
            for h in &horizontal {
                sweeps.push(self.scatter_phase(small, big, images, v, h));
            }
        }
        sweeps
    }

    /// The phases of one axis. Where the small side is one pixel, every output has a tap of its own.
    fn phases(&self, n: usize, before: usize, stride: usize, kernel: usize) -> Vec<Phase1d> {
        if !self.is_pointwise() {
            return Phase1d::all(n, before, stride, kernel);
        }
        (0..n)
            .map(|at| {
                let taps = usize::from(at + before < kernel);
                Phase1d { start: at, step: 1, count: 1, first: 0, first_tap: at + before, tap_step: 1, taps }
            })
            .collect()
    }

    fn scatter_phase(
        &self,
        small: Layout,
        big: Layout,
        images: usize,
        v: &Phase1d,
        h: &Phase1d,
    ) -> (Sweep, Vec<TapPlace>) {
        let channels = self.small_channels();
        let run = h.taps * channels;
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for image in 0..images {
            for y in 0..v.count {
                for x in 0..h.count {
                    // The window's corner: its last row of taps, its last column of taps.
                    let row = small.border.top as i64 + v.first + y as i64 + 1 - v.taps as i64;
                    let column = small.border.left as i64 + h.first + x as i64 + 1 - h.taps as i64;
                    let corner = if v.taps * h.taps == 0 {
                        0
                    } else {
                        row as usize * small.pitch() + column as usize * channels
                    };
                    from.push(index(image * small.stride() + corner));
                    to.push(index(image * big.stride() + big.at(v.start + y * v.step, h.start + x * h.step)));
                }
            }
        }
        let segments = if run == 0 {
            Vec::new()
        } else {
            (0..v.taps)
                .map(|j| Segment { a: index(j * small.pitch()), b: index(j * run), len: index(run) })
                .collect()
        };
        let mut places = Vec::new();
        for j in 0..v.taps {
            for i in 0..h.taps {
                // Larger taps meet earlier pixels.
                let ky = v.first_tap + (v.taps - 1 - j) * v.tap_step;
                let kx = h.first_tap + (h.taps - 1 - i) * h.tap_step;
                places.push(TapPlace {
                    tap: ky * self.kernel.columns + kx,
                    depth: (j * h.taps + i) * channels,
                });
            }
        }
        let sweep = Sweep { from, to, per_image: v.count * h.count, segments, depth: v.taps * run };
        (sweep, places)
    }

    /// Tables of the kernel gradient, summed over `images` images: A is big, B is small (where it is read in place), C
    /// the kernel. With one small channel that is read in place, A is small, B the windows of rows of big, C rows of taps.
    pub fn kernel_gradient(&self, big: Layout, small: Option<Layout>, images: usize) -> KernelSweep {
        let channels = self.big_channels();
        let sums = match small {
            Some(small) if self.small_channels() == 1 => self.sums_by_rows_of_taps(big, small, images),
            _ => vec![self.sums_by_taps(big, small, images)],
        };
        KernelSweep {
            sums,
            lines: (0..channels).map(|row| index(row / LINE * LINES * LINE + row % LINE)).collect(),
            big_step: self.stride.columns * channels,
            small_step: self.small_channels(),
        }
    }

    fn sums_by_taps(&self, big: Layout, small: Option<Layout>, images: usize) -> PixelSums {
        let (rows, columns, _) = self.small.pixels();
        let (channels, corner) = (self.big_channels(), self.window(big, 0, 0));
        let mut a_rows = Vec::new();
        for ky in 0..self.kernel.rows {
            for kx in 0..self.kernel.columns {
                a_rows.extend((0..channels).map(|a| index(corner + ky * big.pitch() + kx * channels + a)));
            }
        }
        let place = |y| (y * self.stride.rows * big.pitch(), small.map_or(0, |small| small.at(y, 0)));
        let strides = (big.stride(), small.map_or(0, |small| small.stride()));
        PixelSums {
            kernel: (0..a_rows.len()).map(|row| index(row * self.kernel_columns())).collect(),
            a_rows,
            runs: runs(images, rows, columns, strides, place),
            runs_per_image: rows,
        }
    }

    fn sums_by_rows_of_taps(&self, big: Layout, small: Layout, images: usize) -> Vec<PixelSums> {
        let ((height, ..), (rows, columns, _)) = (self.big.pixels(), self.small.pixels());
        let (taps, before) = (self.kernel.rows, self.before.rows);
        let strides = (small.stride(), big.stride());
        let kernel = |ky| index(ky * self.kernel.columns * self.big_channels());
        // Rows of big meet all rows of taps at once, where small has borders for those that meet none of its own.
        let has_borders =
            small.border.top + before + 1 >= taps && rows + small.border.bottom >= height + before;
        if self.stride.rows == 1 && has_borders {
            let place = |y: usize| {
                let a = (small.border.top + before + 1 + y - taps) * small.pitch() + small.border.left;
                let b = (big.border.top + y) * big.pitch();
                (a, b + (big.border.left - self.before.columns) * big.channels)
            };
            return vec![PixelSums {
                a_rows: (0..taps).rev().map(|above| index(above * small.pitch())).collect(),
                kernel: (0..taps).map(kernel).collect(),
                runs: runs(images, height, columns, strides, place),
                runs_per_image: height,
            }];
        }
        let each = |ky: usize| PixelSums {
            a_rows: vec![0],
            kernel: vec![kernel(ky)],
            runs: runs(images, rows, columns, strides, |y| {
                (small.at(y, 0), self.window(big, y, 0) + ky * big.pitch())
            }),
            runs_per_image: rows,
        };
        (0..taps).map(each).collect()
    }

    /// Offset in `big` of the window of small pixel (y, x).
    fn window(&self, big: Layout, y: usize, x: usize) -> usize {
        (big.border.top + y * self.stride.rows - self.before.rows) * big.pitch()
            + (big.border.left + x * self.stride.columns - self.before.columns) * big.channels
    }
}

/// One product over pixels: rows of A and C, and how the sum runs.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    pub from: Vec<u32>,
    pub to: Vec<u32>,
    per_image: usize,
    pub segments: Vec<Segment>,
    /// Rows of the packed factor.
    pub depth: usize,
}

impl Sweep {
    /// The table entries of the first `images` images.
    pub fn rows(&self, images: usize) -> Range<usize> {
        0..images * self.per_image
    }
}

/// Kernel rows of tap `tap` begin at row `depth` of a scatter sweep's packed factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TapPlace {
    pub tap: usize,
    pub depth: usize,
}

/// One run of `columns` pixels for each of `rows` rows of every image, which `place` finds in the image.
fn runs(
    images: usize,
    rows: usize,
    columns: usize,
    (a_stride, b_stride): (usize, usize),
    place: impl Fn(usize) -> (usize, usize),
) -> Vec<Segment> {
    let run = |image: usize, y: usize| {
        let (a, b) = place(y);
        Segment { a: index(image * a_stride + a), b: index(image * b_stride + b), len: index(columns) }
    };
    (0..images).flat_map(|image| (0..rows).map(move |y| (image, y))).map(|(image, y)| run(image, y)).collect()
}

/// The kernel gradient as products whose sums run over pixels.
#[derive(Clone, Debug)]
pub(crate) struct KernelSweep {
    /// One for the whole kernel, or one for each row of taps.
    pub sums: Vec<PixelSums>,
    /// Places of the big channels in what [`KernelSweep::copy_lines`] leaves.
    pub lines: Vec<u32>,
    pub big_step: usize,
    pub small_step: usize,
}

/// One of these products: rows of A and of the kernel, and the runs of pixels.
#[derive(Clone, Debug)]
pub(crate) struct PixelSums {
    pub a_rows: Vec<u32>,
    pub kernel: Vec<u32>,
    pub runs: Vec<Segment>,
    pub runs_per_image: usize,
}

/// Values of a line, and lines that are copied side by side: those of one pixel follow those of the one before, so that
/// a sum over pixels reads memory in order.
pub(crate) const LINE: usize = 16;
pub(crate) const LINES: usize = 160;

impl KernelSweep {
    /// Copies the values of kernel rows `row .. row + width`, all of one tap, at the pixels `pixels` of the batch.
    pub fn copy_lines<T: Copy>(
        &self,
        big: &[T],
        row: usize,
        width: usize,
        pixels: Range<usize>,
        lines: &mut [T],
    ) {
        let PixelSums { a_rows, runs, .. } = &self.sums[0];
        let (columns, corner) = (runs[0].len as usize, a_rows[row] as usize);
        for (k, pixel) in pixels.enumerate() {
            let at = corner + runs[pixel / columns].a as usize + pixel % columns * self.big_step;
            for (group, values) in big[at..at + width].chunks(LINE).enumerate() {
                lines[(group * LINES + k) * LINE..][..values.len()].copy_from_slice(values);
            }
        }
    }
}

/// Outputs of one residue of the stride along one axis, and the taps that reach them.
#[derive(Clone, Copy, Debug)]
struct Phase1d {
    /// First output, step between outputs, and how many.
    start: usize,
    step: usize,
    count: usize,
    /// Small pixel that the first tap of the first output meets.
    first: i64,
    first_tap: usize,
    tap_step: usize,
    taps: usize,
}

impl Phase1d {
    fn all(n: usize, before: usize, stride: usize, kernel: usize) -> Vec<Phase1d> {
        (0..stride.min(n))
            .map(|residue| {
                let first_tap = (residue + before) % stride;
                Phase1d {
                    start: residue,
                    step: stride,
                    count: (n - residue).div_ceil(stride),
                    first: ((residue + before) / stride) as i64,
                    first_tap,
                    tap_step: stride,
                    taps: kernel.saturating_sub(first_tap).div_ceil(stride),
                }
            })
            .collect()
    }
}

/// Offsets fit 32 bits: `plan` bounds the buffers of a shard and of the batch before any table is made.
pub(crate) fn index(offset: usize) -> u32 {
    u32::try_from(offset).expect("a shard's buffers are below 2³² values")
}
