//! `synthetic-digits`: handwriting practice drawn from strokes, with known factors.
//!
//! Every image is a pure function of (seed, index, size), computed from exactly rounded operations only, so
//! it has the same bits on every machine.

#[rustfmt::skip] // tables of points, several to a line
mod glyphs;
mod hand;
mod pen;

use random::Stream;
use rayon::prelude::*;

use crate::catalogue;
use crate::dataset::{Dataset, Factors};
use crate::error::{DataError, reserve};
use crate::shape::ImageShape;

/// Names of a synthetic digit's factors, all drawn independently and uniformly:
///
/// | factor | range | unit |
/// |---|---|---|
/// | `class` | 0 … 9 | |
/// | `rotation` | −0.2 … 0.2 | radians, clockwise |
/// | `scale` | 0.75 … 1.05 | longer side of the drawn digit, 1 = 20/28 of the image's |
/// | `shift_x`, `shift_y` | −0.07 … 0.07 | of the side, right and down |
/// | `shear` | −0.15 … 0.45 | columns per row, leaning to the right |
/// | `thickness` | 0.055 … 0.12 | of the side |
pub const FACTOR_NAMES: [&str; 7] =
    ["class", "rotation", "scale", "shift_x", "shift_y", "shear", "thickness"];

/// `count` images of digits of `size` × `size` pixels with labels and factors; the first ones of a larger
/// count are the same.
///
/// # Errors
/// If the count is 0 or too large for memory, or the size is below 16.
///
/// ```
/// let digits = data::synthetic_digits(20, 28, 0)?;
/// let factors = digits.factors().expect("synthetic digits know their factors");
/// assert_eq!(factors.names, data::FACTOR_NAMES);
/// assert_eq!(factors.values[0], digits.label(0).expect("and their class") as f32);
/// # Ok::<(), data::DataError>(())
/// ```
pub fn synthetic_digits(count: usize, size: usize, seed: u64) -> Result<Dataset, DataError> {
    const NAME: &str = "synthetic-digits";
    if size < 16 || count > u32::MAX as usize {
        let problem = format!("{count} images of {size}×{size}: at least 16×16, at most {} images", u32::MAX);
        return Err(DataError::Values { name: NAME.into(), problem });
    }
    let each = size.saturating_mul(size);
    let bytes = count.saturating_mul(each);
    let mut pixels = reserve(bytes, format!("{count} images of {size}×{size}"))?;
    pixels.resize(bytes, 0u8);
    let stream = Stream::new(seed, NAME);
    let poses: Vec<[f32; FACTOR_NAMES.len()]> = pixels
        .par_chunks_exact_mut(each)
        .enumerate()
        .map(|(index, image)| {
            let mut random = stream.cursor(0, index as u32);
            let pose = hand::Pose::draw(&mut random);
            pen::paint(&hand::write(&pose, &mut random), pose.thickness, size, image);
            pose.factors()
        })
        .collect();
    let labels = poses.iter().map(|factors| factors[0] as u32).collect();
    let classes = catalogue::find(NAME).map(|set| set.class_names()).unwrap_or_default();
    let names = FACTOR_NAMES.map(String::from).to_vec();
    Dataset::from_bytes(NAME, ImageShape::new(size, size, 1), pixels)?
        .with_labels(labels, classes)?
        .with_factors(Factors { names, values: poses.into_iter().flatten().collect() })
}
