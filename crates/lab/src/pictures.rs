//! Images in memory that go through a network together.

use std::path::Path;

use data::{DataError, Dataset, ImageShape, PictureEntry, list_pictures, list_whole_pictures};
use network::Shape;
use report::{FigureError, Images};

use crate::lab::Lab;

/// Images of one shape, [images, height, width, channels], values in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// All values, image after image.
    pub pixels: Vec<f32>,
    /// Images, height, width, channels.
    pub shape: [usize; 4],
}

impl Pictures {
    /// `pixels` of images of `shape`.
    pub fn new(pixels: Vec<f32>, shape: Shape) -> Self {
        let [height, width, channels] = sides(shape);
        let count = pixels.len() / shape.len().max(1);
        Self { pixels, shape: [count, height, width, channels] }
    }

    /// The images of `set` at `indices`.
    pub fn of(set: &Dataset, indices: &[usize]) -> Self {
        let ImageShape { height, width, channels } = set.shape();
        let mut pixels = vec![0.0; indices.len() * set.shape().values()];
        for (index, image) in indices.iter().zip(pixels.chunks_exact_mut(set.shape().values())) {
            set.image(*index, image);
        }
        Self { pixels, shape: [indices.len(), height, width, channels] }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.shape[0]
    }

    /// Whether they are large enough for SSIM.
    pub fn are_comparable(&self) -> bool {
        self.shape[1] >= 3 && self.shape[2] >= 3
    }

    /// To draw them.
    pub fn images(&self) -> Result<Images<'_>, FigureError> {
        Images::new(&self.pixels, self.shape)
    }
}

/// Height, width and channels; a vector is one row of pixels.
pub fn sides(shape: Shape) -> [usize; 3] {
    match shape {
        Shape::Vector(width) => [1, width, 1],
        Shape::Image { height, width, channels } => [height, width, channels],
    }
}

/// The pictures at `path` that go through a network one by one, each at its own size; without the broken ones, which are
/// told, where these are to be left out.
///
/// # Errors
/// If there are none, or one is broken that is not to be left out.
pub fn list_at_own_size(path: &Path, skip_broken: bool, lab: &Lab) -> Result<Vec<PictureEntry>, DataError> {
    if !skip_broken {
        return list_pictures(path);
    }
    let (pictures, left_out) = list_whole_pictures(path)?;
    if let Some(left_out) = left_out {
        lab.note(format_args!("left out: {left_out}"));
    }
    Ok(pictures)
}
