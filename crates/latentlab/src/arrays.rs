//! Tables for other programs: NumPy's `.npz`, and plain CSV.

use std::fmt::Write;
use std::io::Cursor;
use std::path::Path;

use latentlab::run::atomic_write;
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{NpzWriter, WritableElement};

use crate::failure::Failure;

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// NumPy arrays.
    Npz,
    /// Text with commas.
    Csv,
}

impl TableFormat {
    /// As the extension of the file given with `--out` says.
    pub fn of(out: &Path) -> Result<Self, Failure> {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("npz") => Ok(Self::Npz),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Failure::mistake(format!("--out {}: must end in .npz or .csv", out.display()))),
        }
    }
}

/// An `.npz` file in the making; written in one go, so that it is whole or not there.
pub struct Npz(NpzWriter<Cursor<Vec<u8>>>);

impl Default for Npz {
    fn default() -> Self {
        Self(NpzWriter::new_compressed(Cursor::new(Vec::new())))
    }
}

impl Npz {
    /// Adds `values` of `shape` as array `name`.
    pub fn add<T: WritableElement>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: Vec<T>,
    ) -> Result<(), Failure> {
        let refused = |error: &dyn std::fmt::Display| Failure::fault(format!("array {name}: {error}"));
        let array = ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|error| refused(&error))?;
        self.0.add_array(name, &array).map_err(|error| refused(&error))
    }

    /// Writes the file.
    pub fn write(self, path: &Path) -> Result<(), Failure> {
        let bytes =
            self.0.finish().map_err(|error| Failure::fault(format!("{}: {error}", path.display())))?;
        Ok(atomic_write(path, &bytes.into_inner())?)
    }
}

/// A CSV table, as spreadsheets and pandas read it.
#[derive(Default)]
pub struct Csv {
    columns: Vec<(String, Cells)>,
}

/// The text of each row's cell.
type Cells = Box<dyn Fn(usize) -> String>;

impl Csv {
    /// Adds a column of `values` (by row).
    pub fn add(&mut self, name: impl Into<String>, values: impl Fn(usize) -> String + 'static) {
        self.columns.push((name.into(), Box::new(values)));
    }

    /// The text of `rows` rows below a header.
    pub fn text(&self, rows: usize) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            for (i, cell) in cells.enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let _ = write!(out, "{comma}{}", quoted(&cell));
            }
            out.push('\n');
        };
        line(&mut self.columns.iter().map(|(name, _)| name.clone()));
        for row in 0..rows {
            line(&mut self.columns.iter().map(|(_, cell)| cell(row)));
        }
        out
    }
}

/// The cell, in quotes where RFC 4180 asks for them.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_where_they_must_be() {
        let mut csv = Csv::default();
        csv.add("n", |row| row.to_string());
        csv.add("class, as given", |row| ["plain", "with \"quotes\""][row].to_owned());
        assert_eq!(csv.text(2), "n,\"class, as given\"\n0,plain\n1,\"with \"\"quotes\"\"\"\n");
    }
}
