//! Values of several images between two layers.

use network::Shape;

use crate::tape::{Tape, Var};

/// The values of `rows` images (or codes), each of one shape, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// `[rows, …shape]`
    pub values: Var,
    /// Images.
    pub rows: usize,
    /// Of one of them.
    pub shape: Shape,
}

impl Batch {
    /// The same images with other values.
    pub fn with(self, values: Var, shape: Shape) -> Self {
        Self { values, shape, ..self }
    }

    /// Pixels of all images.
    pub fn pixels(self) -> usize {
        let (height, width, _) = self.shape.pixels();
        self.rows * height * width
    }

    /// Values of a pixel.
    pub fn channels(self) -> usize {
        self.shape.pixels().2
    }

    /// Values of all images.
    pub fn len(self) -> usize {
        self.rows * self.shape.len()
    }

    /// `channel`, one value for each channel, at all pixels.
    pub fn at_all_pixels(self, tape: &mut Tape, channel: Var) -> Var {
        let channels = self.channels();
        tape.spread(channel, self.len(), |i| i % channels)
    }
}
