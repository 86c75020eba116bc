//! Measures of images and latent spaces: plain tables of numbers in, numbers out.
//!
//! Nothing here knows networks, runs or files. Every measure says its range, its direction and its source,
//! and is checked against values that a reference implementation computed. Results do not depend on the
//! number of threads.

mod image_quality;
mod structural_similarity;
mod table;

pub use image_quality::{ImageQuality, MeanQuality, QualityError, image_quality};
pub use table::{Table, TableError};
