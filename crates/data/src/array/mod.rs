//! NumPy arrays: `.npy` (images), `.npz` (images and labels under the names that people give them); and HDF5 files, whose
//! sets have the same names; and arrays in memory, which are given them.
//!
//! Numbers may have any type and byte order; see `images` for layouts and scales. Images that are too many for
//! memory stay on disk.

mod archive;
mod element;
#[cfg(feature = "hdf5")]
mod hdf5;
mod images;
pub(crate) mod labels;
mod layout;
#[cfg(feature = "hdf5")]
mod lzf;
pub(crate) mod memory;
mod opening;
mod place;
mod stream;

use std::path::Path;

use self::place::name_of;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::pixels::MemoryBudget;
use crate::pool::Pool;

pub(crate) use archive::{ArrayNames, is_table, open_npz};
pub(crate) use images::{ArrayImages, ImageOptions, read as read_images, rows_are_images};
pub(crate) use layout::square;
pub(crate) use memory::find;
pub(crate) use opening::{is_archive, names};
pub(crate) use place::Place;

/// The images of a `.npy` file.
pub(crate) fn open_npy(path: &Path, options: ImageOptions, budget: &MemoryBudget) -> Result<Pool, DataError> {
    let images = images::read(&Place::file(path), options, budget)?;
    let set =
        Dataset::from_pixels(name_of(path), images.shape, images.pixels)?.with_files(vec![images.record]);
    Ok(Pool { range: images.range, notes: images.notes, ..Pool::new(set) })
}
