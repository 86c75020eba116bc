//! The shape of an image.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Height, width and channels of an image, in the order in which pixels lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for grey, 3 for RGB.
    pub channels: usize,
}

impl ImageShape {
    /// A shape of `height` × `width` × `channels`.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// Values per image, height × width × channels (the largest `usize` where that overflows, which no
    /// [`Dataset`](crate::Dataset) can hold).
    pub fn values(&self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// This shape with `pad` rows and columns more on each side.
    pub fn padded(&self, pad: usize) -> Self {
        let grow = |side: usize| side.saturating_add(pad.saturating_mul(2));
        Self { height: grow(self.height), width: grow(self.width), channels: self.channels }
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
}
