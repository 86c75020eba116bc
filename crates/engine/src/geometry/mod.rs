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
//!
//! Three choices are made from sizes alone:
//!
//! | question | answered by | tables |
//! |---|---|---|
//! | square Winograd tiles? | [`Geometry::square_side`] | [`square_tiles`] |
//! | else Winograd tiles along rows? | [`Geometry::row_outputs`] | [`row_tiles`] |
//! | where is the kernel's gradient summed? | [`Geometry::summation`] | [`pixel_sums`] |
//!
//! What no tile takes runs directly ([`sweep`]).

mod border;
pub(crate) mod pixel_sums;
pub(crate) mod row_tiles;
pub(crate) mod square_tiles;
mod stride_phase;
pub(crate) mod summation;
pub(crate) mod sweep;

use crate::layout::Layout;
use network::Shape;
use network::{Padding, Pair, padding_before};

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

    /// A product of the channels of every pixel, or of one in `stride`; of a vector's values.
    pub fn pointwise(input: Shape, stride: Pair, output: Shape) -> Self {
        match input {
            Shape::Vector(inputs) => Self::dense(inputs, output.len()),
            Shape::Image { .. } => Self::conv([Pair::square(1), stride], Padding::Valid, input, output),
        }
    }

    pub fn conv([kernel, stride]: [Pair; 2], padding: Padding, big: Shape, small: Shape) -> Self {
        let ((height, width, _), (rows, columns, _)) = (big.pixels(), small.pixels());
        let before = Pair {
            rows: padding_before(height, rows, kernel.rows, stride.rows, padding),
            columns: padding_before(width, columns, kernel.columns, stride.columns, padding),
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

    /// Offset in `big` of the window of small pixel (y, x).
    fn window(&self, big: Layout, y: usize, x: usize) -> usize {
        (big.border.top + y * self.stride.rows - self.before.rows) * big.pitch()
            + (big.border.left + x * self.stride.columns - self.before.columns) * big.channels
    }
}
