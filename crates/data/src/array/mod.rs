//! NumPy arrays: `.npy` (images), `.npz` (images and labels under the names that people give them); and HDF5 files, whose
//! sets have the same names.
//!
//! Numbers may have any type and byte order; see [`images`] for layouts and scales. Images that are too many for
//! memory stay on disk.

mod archive;
mod element;
#[cfg(feature = "hdf5")]
mod hdf5;
mod images;
pub(crate) mod labels;
#[cfg(feature = "hdf5")]
mod lzf;
mod stream;

use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::pixels::Holding;
use crate::pool::Pool;

pub(crate) use archive::{Members, is_table, open_npz};
pub(crate) use images::{ImageOptions, rows_are_images, square};
pub(crate) use stream::{Place, is_hdf5, names};

/// The images of a `.npy` file.
pub(crate) fn open_npy(path: &Path, options: ImageOptions, holding: &Holding) -> Result<Pool, DataError> {
    let images = images::read(&Place::file(path), options, holding)?;
    let set =
        Dataset::from_pixels(name_of(path), images.shape, images.pixels)?.with_files(vec![images.record]);
    Ok(Pool { range: images.range, notes: images.notes, ..Pool::new(set) })
}

/// The file's name without what its format adds to it.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(name, |(stem, _)| stem).to_owned()
}
