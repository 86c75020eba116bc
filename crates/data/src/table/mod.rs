//! Tables: rows of numbers with the names of their columns, classes and files; from text, NumPy's arrays and Parquet.
//!
//! A reader ([`text`], [`arrays`], [`parquet`]) gives columns or an array as they are; [`roles`] says which of them are
//! coordinates, labels and names of rows.

mod arrays;
mod columns;
mod header;
mod labels;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod pictures;
pub(crate) mod pixels;
mod roles;
mod text;

use std::path::{Path, PathBuf};

pub use labels::Labels;

use crate::array::Members;
use crate::error::DataError;
use crate::picture::Picture;
use crate::pixels::Holding;
use columns::Spot;
pub(crate) use roles::some;

/// Which column or array holds the classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelSource {
    /// The one with a usual name (`label`, `target`, `y`, `class`, `species`, …), where there is one.
    #[default]
    Usual,
    /// None; one with a usual name is no coordinate either.
    Nothing,
    /// The column or array of this name, or the column of this number, counted from 1.
    Named(String),
    /// The column or array of this name where there is one, else the one with a usual name.
    NamedOrUsual(String),
}

/// What the user says of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Where the classes are.
    pub label: LabelSource,
    /// The array of an `.npz` file that holds the rows; `None` for the one with a usual name.
    pub array: Option<String>,
}

/// Rows of numbers, with what is known of each row. Values may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file's name without folder and extension.
    pub name: String,
    /// Names of the columns of `values`; the columns' numbers, counted from 1, where they have no names.
    pub columns: Vec<String>,
    /// Row after row, [rows, columns]; finite, or NaN where a value is missing.
    pub values: Vec<f64>,
    /// The class of each row, where the file says so.
    pub labels: Option<Labels>,
    /// The file, or else the name, of each row, where the table says so.
    pub files: Option<Vec<String>>,
    /// The position that the table says each row has in a larger set: a column `index` of whole numbers.
    pub index: Option<Vec<u64>>,
    /// What the reader took for what, and what it left out: to be said to the user.
    pub notes: Vec<String>,
    path: PathBuf,
    missing: Option<(Spot, String)>,
}

impl Table {
    /// Number of rows; at least 1.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.len()
    }

    /// The file that it was read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses missing values.
    ///
    /// # Errors
    /// [`DataError::Csv`] or [`DataError::Table`] with the row and the column of the first one.
    pub fn check_complete(&self) -> Result<(), DataError> {
        match &self.missing {
            Some((spot, column)) => Err(spot.refuse(&self.path, column)),
            None => Ok(()),
        }
    }
}

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
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "txt" | "data" => {
            let sheet = text::read(path)?;
            roles::table(path, stem, sheet, options)
        }
        "npy" => arrays::npy(path, stem, options),
        "npz" | "h5" | "hdf5" | "hdf" => arrays::npz(path, stem, options),
        "parquet" => parquet_table(path, stem, options),
        _ => {
            let problem = "is no table: must be a .csv, .tsv, .npy, .npz, .h5 or .parquet file".into();
            Err(DataError::Table { file: path.to_path_buf(), problem })
        }
    }
}

#[cfg(feature = "parquet")]
fn parquet_table(path: &Path, stem: &str, options: &TableOptions) -> Result<Table, DataError> {
    roles::table(path, stem, whole(path, || parquet::read(path))?, options)
}

#[cfg(not(feature = "parquet"))]
fn parquet_table(path: &Path, _: &str, _: &TableOptions) -> Result<Table, DataError> {
    Err(without_parquet(path))
}

/// The images that the rows of a table hold.
pub(crate) struct PictureRows {
    /// Row after row.
    pub pictures: Vec<Picture>,
    /// The label of each row, where the table has some; `None` for one that is not known.
    pub labels: Option<Vec<Option<String>>>,
    /// The names of all classes in the order of their numbers, where the table says so.
    pub names: Option<Vec<String>>,
    pub notes: Vec<String>,
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
    members: Members<'_>,
    holding: &Holding,
) -> Result<PictureRows, DataError> {
    whole(path, || pictures::read_pictures(path, members, holding))
}

/// A build without the feature takes every file for a table, which says what is missing.
#[cfg(not(feature = "parquet"))]
pub(crate) fn holds_pictures(_: &Path, _: Option<&str>) -> Result<bool, DataError> {
    Ok(false)
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn read_pictures(path: &Path, _: Members<'_>, _: &Holding) -> Result<PictureRows, DataError> {
    Err(without_parquet(path))
}

#[cfg(not(feature = "parquet"))]
fn without_parquet(path: &Path) -> DataError {
    DataError::without_feature(path, "Parquet", "parquet", "save a table as .csv, images as PNG files")
}
