//! What the values of a set's images are like.

use serde::Serialize;

/// Pixel values of a set, in [0, 1] where they are those of images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Values {
    /// Smallest value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    /// Mean of all values.
    pub mean: f64,
    /// Mean over images of the standard deviation of their values: contrast.
    pub contrast: f64,
    /// Standard deviation over images of their means.
    pub spread: f64,
    /// Images that were looked at: all, or of a set on disk so many evenly spaced ones.
    pub images: usize,
    /// Images all of whose values are equal, channel by channel.
    pub constant: usize,
    /// Images that are equal to an earlier one.
    pub identical: usize,
}
