//! Tables of points that are not images: anyone's embeddings.

use std::path::Path;

use crate::error::{DataError, reserve};
use crate::table::labels::Labels;
use crate::table::options::TableOptions;
use crate::table::read_table;

/// Rows of numbers, none missing, with what is known of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The file's name without folder and extension.
    pub name: String,
    /// Row after row, all finite, `[rows, columns]`.
    pub values: Vec<f32>,
    /// Values per row; at least 1.
    pub columns: usize,
    /// The class of each row, where the file says so.
    pub labels: Option<Labels>,
    /// The file, or else the name, of each row, where the table says so.
    pub files: Option<Vec<String>>,
    /// The position that the table says each row has in a larger set.
    pub index: Option<Vec<u64>>,
    /// What the reader took for what, and what it left out: to be said to the user.
    pub notes: Vec<String>,
}

impl Points {
    /// Number of rows; at least 1.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }
}

/// Reads a table of points, as [`read_table`] says. Numbers of any width come to f32.
///
/// # Errors
/// Any [`DataError`], with file and place; also where a value is missing or too large for f32.
pub fn load_points(path: &Path, options: &TableOptions) -> Result<Points, DataError> {
    let table = read_table(path, options)?;
    table.check_complete()?;
    let mut values: Vec<f32> = reserve(table.values.len(), path.display().to_string())?;
    values.extend(table.values.iter().map(|value| *value as f32));
    let columns = table.columns.len();
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        let (row, column) = (index / columns + 1, &table.columns[index % columns]);
        let value = table.values[index];
        let problem =
            format!("row {row}, counted from 1: column {column} is {value:e}: more than 32 bits hold");
        return Err(DataError::Table { file: path.to_path_buf(), problem });
    }
    let (name, labels, files, index, notes) =
        (table.name, table.labels, table.files, table.index, table.notes);
    Ok(Points { name, values, columns, labels, files, index, notes })
}
