//! Augmentation: training images that differ a little from epoch to epoch, a pure function of seed, epoch and image.
//!
//! First places, then colours, then what is cut out of the input. What `spec` asks for is drawn image by image from a
//! stream of its own, so nothing depends on threads, on what came before, or on where the images lie.

mod amount;
mod colours;
mod places;
mod spec;

use random::Stream;

pub use spec::{AugmentSpec, Flip};

use self::colours::Colours;
use self::places::Places;
use crate::error::DataError;
use crate::shape::ImageShape;

/// A checked [`AugmentSpec`] with its stream.
///
/// ```
/// use data::{AugmentSpec, Augmentation, Flip, ImageShape};
///
/// let spec = AugmentSpec { flip: Some(Flip::Horizontal), ..AugmentSpec::default() };
/// let augmentation = Augmentation::new(&spec, 7)?;
/// let (image, mut seen) = ([0.0, 0.5, 1.0], [0.0; 3]);
/// let turned = (0..100).filter(|epoch| {
///     augmentation.apply(*epoch, 0, ImageShape::new(1, 3, 1), &image, &mut seen);
///     seen == [1.0, 0.5, 0.0]
/// });
/// assert!((30..70).contains(&turned.count()));
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    spec: AugmentSpec,
    changes: Stream,
    holes: Stream,
}

impl Augmentation {
    /// Checks `spec`; `seed` is the training's.
    ///
    /// # Errors
    /// [`DataError::Field`] if a number is out of its range.
    pub fn new(spec: &AugmentSpec, seed: u64) -> Result<Self, DataError> {
        spec.check()?;
        let (changes, holes) = (Stream::new(seed, "augmentation"), Stream::new(seed, "cut-outs"));
        Ok(Self { spec: *spec, changes, holes })
    }

    /// Writes to `out` how image `index`, whose values are `image`, looks in an epoch; both [height, width, channels] in
    /// [0, 1]. Allocates nothing.
    ///
    /// # Panics
    /// If either has not as many values as `shape`.
    pub fn apply(&self, epoch: u64, index: usize, shape: ImageShape, image: &[f32], out: &mut [f32]) {
        assert!(image.len() == shape.values() && out.len() == shape.values(), "images of {shape}");
        let draw = &mut self.changes.cursor(epoch, index as u32);
        Places::draw(&self.spec, shape, draw).apply(shape, image, out);
        Colours::draw(&self.spec, draw).apply(shape, out);
    }

    /// Cuts a rectangle out of what the network sees of image `index` in an epoch: its values become ½.
    pub fn cut_out(&self, epoch: u64, index: usize, shape: ImageShape, input: &mut [f32]) {
        let Some(part) = self.spec.cut_out else { return };
        let draw = &mut self.holes.cursor(epoch, index as u32);
        let mut span = |side: usize| {
            let length = ((part * side as f32).round() as usize).clamp(1, side);
            let first = draw.below((side - length + 1) as u32) as usize;
            first..first + length
        };
        let (rows, columns) = (span(shape.height), span(shape.width));
        let (pitch, channels) = (shape.width * shape.channels, shape.channels);
        for row in rows {
            input[row * pitch..][columns.start * channels..columns.end * channels].fill(0.5);
        }
    }
}

#[cfg(test)]
mod tests;
