//! Tables for both directions: which rows of A meet which rows of C, and how each sum runs.

use std::ops::Range;

use super::Geometry;
use super::stride_phase::StridePhase;
use crate::kernels::product::Segment;
use crate::layout::{Layout, index};

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

impl Geometry {
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
    fn phases(&self, n: usize, before: usize, stride: usize, kernel: usize) -> Vec<StridePhase> {
        if !self.is_pointwise() {
            return StridePhase::all(n, before, stride, kernel);
        }
        (0..n)
            .map(|at| {
                let taps = usize::from(at + before < kernel);
                StridePhase {
                    start: at,
                    step: 1,
                    count: 1,
                    first: 0,
                    first_tap: at + before,
                    tap_step: 1,
                    taps,
                }
            })
            .collect()
    }

    fn scatter_phase(
        &self,
        small: Layout,
        big: Layout,
        images: usize,
        v: &StridePhase,
        h: &StridePhase,
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
}
