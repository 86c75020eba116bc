//! The zeros that images need around them, so that no kernel tests for the border.

use super::Geometry;
use super::stride_phase::StridePhase;
use crate::layout::Border;

impl Geometry {
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
            for phase in StridePhase::all(n, before, stride, kernel) {
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
}
