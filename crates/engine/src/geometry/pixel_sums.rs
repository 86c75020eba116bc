//! Tables for the gradient of a kernel, whose sums run over pixels.

use std::ops::Range;

use super::Geometry;
use crate::kernels::product::Segment;
use crate::layout::{Layout, index};

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

impl Geometry {
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
}
