//! A table as it was read.

use std::path::{Path, PathBuf};

use super::columns::CellRef;
use super::labels::Labels;
use crate::error::DataError;

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
    pub(super) path: PathBuf,
    /// The first missing value, and the name of its column.
    pub(super) missing: Option<(CellRef, String)>,
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
            Some((cell, column)) => Err(cell.refuse(&self.path, column)),
            None => Ok(()),
        }
    }
}
