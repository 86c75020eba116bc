//! Borders around images written out: formats differ in what they call "same".

use network::{Padding, Pair, Shape, padding_before, padding_total};

/// Pixels that windows cover beyond an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    /// Rows above.
    pub above: usize,
    /// Columns left.
    pub left: usize,
    /// Rows below.
    pub below: usize,
    /// Columns right.
    pub right: usize,
}

impl Border {
    /// The border of `input` that windows of `size` cover which give `output`.
    pub fn of(input: Shape, output: Shape, size: Pair, stride: Pair, padding: Padding) -> Self {
        let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
        let along = |n, out, size, stride| match padding {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let before = padding_before(n, out, size, stride, padding);
                (before, padding_total(n, out, size, stride) - before)
            }
        };
        let (above, below) = along(height, rows, size.rows, stride.rows);
        let (left, right) = along(width, columns, size.columns, stride.columns);
        Self { above, left, below, right }
    }

    /// Both, one around the other.
    pub fn plus(self, other: Self) -> Self {
        Self {
            above: self.above.saturating_add(other.above),
            left: self.left.saturating_add(other.left),
            below: self.below.saturating_add(other.below),
            right: self.right.saturating_add(other.right),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Whether it is as wide on opposite sides.
    pub fn is_even(self) -> bool {
        self.above == self.below && self.left == self.right
    }
}

/// The part of a transposed convolution's whole output, (n − 1) · stride + size pixels, that is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crop {
    /// Rows cut off above.
    pub above: usize,
    /// Columns cut off left.
    pub left: usize,
    /// Rows cut off below.
    pub below: usize,
    /// Columns cut off right.
    pub right: usize,
    /// Rows that no kernel reaches, below.
    pub more_rows: usize,
    /// Columns that no kernel reaches, right.
    pub more_columns: usize,
}

impl Crop {
    /// What is kept of the output of a transposed convolution from `input` to `output`.
    pub fn of(input: Shape, output: Shape, size: Pair, stride: Pair, padding: Padding) -> Self {
        let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
        let along = |n: usize, out: usize, size: usize, stride: usize| {
            let (before, whole) = (padding_before(out, n, size, stride, padding), (n - 1) * stride + size);
            (before, whole.saturating_sub(before + out), (before + out).saturating_sub(whole))
        };
        let (above, below, more_rows) = along(height, rows, size.rows, stride.rows);
        let (left, right, more_columns) = along(width, columns, size.columns, stride.columns);
        Self { above, left, below, right, more_rows, more_columns }
    }
}
