//! Tables: rows of numbers with the names of their columns, classes and files; from text, NumPy's arrays and Parquet.
//!
//! A reader (`text`, `arrays`, `parquet`) gives columns or an array as they are; `roles` says which of them are
//! coordinates, labels and names of rows.

pub(crate) mod annotations;
mod arrays;
mod columns;
pub(crate) mod contents;
mod header;
pub(crate) mod labels;
pub(crate) mod options;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod pictures;
pub(crate) mod pixels;
pub(crate) mod roles;
mod scan;
mod text;

use std::path::Path;

use self::columns::Sheet;
use self::contents::Table;
use self::options::TableOptions;
use crate::array::{self, ArrayNames};
use crate::error::DataError;
#[cfg(not(feature = "parquet"))]
use crate::missing_feature::missing_feature;
use crate::picture::members::PictureMembers;
use crate::pixels::MemoryBudget;

/// Reads a table, by the file's extension:
///
/// - `.csv`, `.tsv`, `.txt`, `.data`, also gzipped (`.csv.gz`): cells with commas, semicolons, tabs, bars or spaces between, which
///   is found by looking; with or without a line of names, which later lines tell; decimal commas where all have them.
/// - `.npy`: one array, [rows, columns]; more dimensions are flattened into the columns.
/// - `.npz`, `.h5`, `.hdf5` (with the feature `hdf5`): the array that [`TableOptions`] names, or `x`, `mean`, `map`, `embeddings`, `features`, … ; beside it
///   labels, `file` and `index`.
/// - `.parquet`: columns of numbers and text; a column of lists of numbers becomes as many columns. With the feature
///   `parquet`.
///
/// Columns that name or count rows, text and labels are no coordinates; notes say what was left out.
///
/// # Errors
/// Any [`DataError`], with file and place.
pub fn read_table(path: &Path, options: &TableOptions) -> Result<Table, DataError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let unzipped = name.strip_suffix(".gz").unwrap_or(&name);
    let (stem, extension) = unzipped.rsplit_once('.').unwrap_or((unzipped, ""));
    if array::is_archive(path) {
        return arrays::npz(path, stem, options);
    }
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "txt" | "data" => {
            let sheet = text::read(path)?;
            roles::table(path, stem, sheet, options)
        }
        "npy" => arrays::npy(path, stem, options),
        "parquet" => roles::table(path, stem, parquet_sheet(path)?, options),
        _ => Err(no_table(path)),
    }
}

fn no_table(path: &Path) -> DataError {
    let problem = "is no table: must be a .csv, .tsv, .npy, .npz, .h5 or .parquet file".into();
    DataError::Table { file: path.to_path_buf(), problem }
}

#[cfg(feature = "parquet")]
fn parquet_sheet(path: &Path) -> Result<Sheet, DataError> {
    whole(path, || parquet::read(path))
}

#[cfg(not(feature = "parquet"))]
fn parquet_sheet(path: &Path) -> Result<Sheet, DataError> {
    Err(without_parquet(path))
}

/// What `read` makes of a Parquet file; the library panics on some that are damaged.
#[cfg(feature = "parquet")]
fn whole<T>(path: &Path, read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    crate::guard::guarded(read).unwrap_or_else(|| {
        let problem = "not a whole Parquet file: its reader gave up".into();
        Err(DataError::Table { file: path.to_path_buf(), problem })
    })
}

/// Whether the rows of a Parquet file hold images.
#[cfg(feature = "parquet")]
pub(crate) fn holds_pictures(path: &Path, array: Option<&str>) -> Result<bool, DataError> {
    whole(path, || pictures::holds_pictures(path, array))
}

/// Reads the images of a Parquet file.
#[cfg(feature = "parquet")]
pub(crate) fn read_pictures(
    path: &Path,
    arrays: ArrayNames<'_>,
    budget: &MemoryBudget,
) -> Result<PictureMembers, DataError> {
    whole(path, || pictures::read_pictures(path, arrays, budget))
}

/// A build without the feature takes every file for a table, which says what is missing.
#[cfg(not(feature = "parquet"))]
pub(crate) fn holds_pictures(_: &Path, _: Option<&str>) -> Result<bool, DataError> {
    Ok(false)
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn read_pictures(
    path: &Path,
    _: ArrayNames<'_>,
    _: &MemoryBudget,
) -> Result<PictureMembers, DataError> {
    Err(without_parquet(path))
}

#[cfg(not(feature = "parquet"))]
fn without_parquet(path: &Path) -> DataError {
    missing_feature(path, "Parquet", "parquet", "save a table as .csv, images as PNG files")
}
