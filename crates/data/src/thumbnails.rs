//! Images as small as one can still tell them apart by, to be compared with each other.

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::shape::ImageShape;

/// Sides of thumbnails.
const SIDE: usize = 16;
/// Sides where there are more than [`MANY`] images.
const SMALL_SIDE: usize = 8;
const MANY: usize = 50_000;

/// Small copies of the images of a set: means over the cells of a grid.
///
/// ```
/// use data::{Dataset, ImageShape, Thumbnails};
/// let set = Dataset::from_bytes("stripes", ImageShape::new(32, 32, 1), (0..2 * 1024u32).map(|i| i as u8).collect())?;
/// let thumbnails = Thumbnails::of(&set);
/// assert_eq!((thumbnails.each(), thumbnails.values().len()), (256, 512));
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Thumbnails {
    shape: ImageShape,
    grid: [usize; 2],
    values: Vec<f32>,
}

impl Thumbnails {
    /// Those of all images of `set`: 16 × 16 cells, or 8 × 8 of more than 50,000 images, so that hundreds of thousands
    /// fit into memory.
    pub fn of(set: &Dataset) -> Self {
        let (shape, side) = (set.shape(), if set.len() > MANY { SMALL_SIDE } else { SIDE });
        let grid = [shape.height.min(side), shape.width.min(side)];
        Self { shape, grid, values: Vec::new() }.alike(set)
    }

    /// Those of another set of images of the same shape, to be compared with these: of as many cells.
    ///
    /// # Panics
    /// If the images are of another shape.
    pub fn alike(&self, set: &Dataset) -> Self {
        assert_eq!(set.shape(), self.shape, "shape of images that are compared");
        let mut values = vec![0.0; set.len() * self.each()];
        values.par_chunks_exact_mut(self.each()).enumerate().for_each_init(
            || vec![0.0; self.shape.values()],
            |image, (i, out)| {
                set.image(i, image);
                self.reduce(image, out);
            },
        );
        Self { values, ..*self }
    }

    /// Values of one: cells × channels.
    pub fn each(&self) -> usize {
        self.grid[0] * self.grid[1] * self.shape.channels
    }

    /// All of them, one after the other.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// That of image `i`.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn thumbnail(&self, i: usize) -> &[f32] {
        &self.values[i * self.each()..(i + 1) * self.each()]
    }

    /// That of any image of the same shape.
    ///
    /// # Panics
    /// If the image is of another shape.
    pub fn of_image(&self, image: &[f32]) -> Vec<f32> {
        assert_eq!(image.len(), self.shape.values(), "values of an image of {}", self.shape);
        let mut out = vec![0.0; self.each()];
        self.reduce(image, &mut out);
        out
    }

    fn reduce(&self, image: &[f32], out: &mut [f32]) {
        let ImageShape { height, width, channels } = self.shape;
        let [rows, columns] = self.grid;
        out.fill(0.0);
        for (y, line) in image.chunks_exact(width * channels).enumerate() {
            for (x, pixel) in line.chunks_exact(channels).enumerate() {
                let cell = (y * rows / height * columns + x * columns / width) * channels;
                out[cell..cell + channels].iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
        }
        let pixels = |cell: usize, cells: usize, side: usize| {
            ((cell + 1) * side).div_ceil(cells) - (cell * side).div_ceil(cells)
        };
        for (cell, sums) in out.chunks_exact_mut(channels).enumerate() {
            let count = pixels(cell / columns, rows, height) * pixels(cell % columns, columns, width);
            sums.iter_mut().for_each(|sum| *sum /= count as f32);
        }
    }
}

/// Root mean square difference of two thumbnails; of images in [0, 1] it is in [0, 1], too.
///
/// ```
/// assert_eq!(data::thumbnail_difference(&[0.0, 0.0], &[0.5, 0.5]), 0.5);
/// ```
pub fn thumbnail_difference(a: &[f32], b: &[f32]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (sum / a.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_means_whatever_the_sides() {
        for (height, width, channels) in [(28, 28, 1), (33, 17, 3), (5, 40, 1), (16, 16, 2)] {
            let shape = ImageShape::new(height, width, channels);
            let pixels: Vec<u8> = (0..shape.values()).map(|i| (i * 37 % 251) as u8).collect();
            let set = Dataset::from_bytes("x", shape, pixels).unwrap();
            let thumbnails = Thumbnails::of(&set);
            let (rows, columns) = (height.min(16), width.min(16));
            let mut image = vec![0.0; shape.values()];
            set.image(0, &mut image);
            for (row, column, channel) in [(0, 0, 0), (rows - 1, columns - 1, channels - 1), (2, 3, 0)] {
                let inside: Vec<f64> = (0..height * width)
                    .filter(|p| (p / width) * rows / height == row && (p % width) * columns / width == column)
                    .map(|p| f64::from(image[p * channels + channel]))
                    .collect();
                let mean = inside.iter().sum::<f64>() / inside.len() as f64;
                let found = thumbnails.thumbnail(0)[(row * columns + column) * channels + channel];
                assert!((f64::from(found) - mean).abs() < 1e-6, "{height}×{width}: {found} and {mean}");
            }
            assert_eq!(thumbnails.of_image(&image), thumbnails.thumbnail(0));
        }
    }
}
