//! Shapes of one image's values: a vector, or rows × columns × channels (NHWC without the N).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The shape of one sample between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub enum Shape {
    /// `[n]`
    Vector(usize),
    /// `[height, width, channels]`, channels fastest
    Image {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Values per pixel.
        channels: usize,
    },
}

impl Shape {
    /// An image shape.
    pub const fn image(height: usize, width: usize, channels: usize) -> Self {
        Shape::Image { height, width, channels }
    }

    /// The number of values; the largest `usize` where it is more.
    pub fn len(self) -> usize {
        match self {
            Shape::Vector(n) => n,
            Shape::Image { height, width, channels } => height.saturating_mul(width).saturating_mul(channels),
        }
    }

    /// The number of values; `None` where it is beyond `usize`.
    pub fn checked_len(self) -> Option<usize> {
        self.dims().into_iter().try_fold(1usize, usize::checked_mul)
    }

    /// Whether there are no values.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The dimensions, `[n]` or `[height, width, channels]`.
    pub fn dims(self) -> Vec<usize> {
        self.into()
    }

    /// (height, width, channels); a vector is one pixel.
    ///
    /// ```
    /// # use network::Shape;
    /// assert_eq!(Shape::Vector(10).pixels(), (1, 1, 10));
    /// ```
    pub fn pixels(self) -> (usize, usize, usize) {
        match self {
            Shape::Vector(n) => (1, 1, n),
            Shape::Image { height, width, channels } => (height, width, channels),
        }
    }
}

impl fmt::Display for Shape {
    /// `784` or `28 × 28 × 1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Vector(n) => write!(f, "{n}"),
            Shape::Image { height, width, channels } => write!(f, "{height} × {width} × {channels}"),
        }
    }
}

impl From<Shape> for Vec<usize> {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Vector(n) => vec![n],
            Shape::Image { height, width, channels } => vec![height, width, channels],
        }
    }
}

impl TryFrom<Vec<usize>> for Shape {
    type Error = String;

    fn try_from(dims: Vec<usize>) -> Result<Self, String> {
        match dims[..] {
            [n] => Ok(Shape::Vector(n)),
            [height, width, channels] => Ok(Shape::Image { height, width, channels }),
            _ => Err(format!("shape {dims:?}: expected [n] or [height, width, channels]")),
        }
    }
}
