//! Tables for other programs: NumPy's `.npz`, and plain CSV, from the same columns.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::Path;

use run::atomic_write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::error::Error;

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// NumPy arrays.
    Npz,
    /// Text with commas.
    Csv,
}

impl TableFormat {
    /// As the extension of the file given with `--out` says; `None` for any other.
    pub fn by_extension(out: &Path) -> Option<Self> {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("npz") => Some(Self::Npz),
            Some("csv") => Some(Self::Csv),
            _ => None,
        }
    }

    /// As the extension of the file given with `--out` says.
    pub fn of(out: &Path) -> Result<Self, Error> {
        let refused = || Error::refused(format!("--out {}: must end in .npz or .csv", out.display()));
        Self::by_extension(out).ok_or_else(refused)
    }
}

/// Values of an array, in C order.
#[derive(Clone, Debug)]
pub enum Values {
    /// Single precision.
    Floats(Vec<f32>),
    /// Double precision.
    Doubles(Vec<f64>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Yes and no.
    Marks(Vec<bool>),
    /// Text.
    Text(Vec<String>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Marks(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// As CSV has it; empty for NaN.
    fn cell(&self, at: usize) -> String {
        match self {
            Self::Floats(values) if values[at].is_nan() => String::new(),
            Self::Doubles(values) if values[at].is_nan() => String::new(),
            Self::Floats(values) => values[at].to_string(),
            Self::Doubles(values) => values[at].to_string(),
            Self::Whole(values) => values[at].to_string(),
            Self::Marks(values) => u8::from(values[at]).to_string(),
            Self::Text(values) => values[at].clone(),
        }
    }

    /// NumPy's description of the type, and the bytes of all values.
    fn encoded(&self) -> (String, Vec<u8>) {
        match self {
            Self::Floats(values) => {
                ("<f4".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Self::Doubles(values) => {
                ("<f8".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Self::Whole(values) => {
                ("<i8".into(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Self::Marks(values) => ("|b1".into(), values.iter().map(|value| u8::from(*value)).collect()),
            Self::Text(values) => {
                let longest = values.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
                let filled = |text: &String| {
                    let letters: Vec<u32> = text.chars().map(u32::from).collect();
                    (0..longest).flat_map(move |at| letters.get(at).copied().unwrap_or(0).to_le_bytes())
                };
                (format!("<U{longest}"), values.iter().flat_map(filled).collect())
            }
        }
    }
}

/// An `.npz` file in the making; written in one go, so that it is whole or not there.
pub struct Npz(ZipWriter<Cursor<Vec<u8>>>);

impl Default for Npz {
    fn default() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }
}

impl Npz {
    /// Adds `values` of `shape` as array `name`.
    pub fn add(&mut self, name: &str, shape: &[usize], values: &Values) -> Result<(), Error> {
        if shape.iter().product::<usize>() != values.len() {
            return Err(Error::fault(format!(
                "array {name}: {} values for a shape of {shape:?}",
                values.len()
            )));
        }
        let (descriptor, bytes) = values.encoded();
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .large_file(bytes.len() >= u32::MAX as usize / 2);
        let written = (|| {
            self.0.start_file(format!("{name}.npy"), options)?;
            self.0.write_all(&header(&descriptor, shape))?;
            self.0.write_all(&bytes)?;
            Ok::<(), zip::result::ZipError>(())
        })();
        written.map_err(|error| Error::fault(format!("array {name}: {error}")))
    }

    /// The file.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        let finished = self.0.finish().map_err(|error| Error::fault(format!("an .npz file: {error}")))?;
        Ok(finished.into_inner())
    }

    /// Writes the file.
    pub fn write(self, path: &Path) -> Result<(), Error> {
        Ok(atomic_write(path, &self.bytes()?)?)
    }
}

/// What stands before the values of an array: NumPy's format, version 1.0, filled up to a multiple of 64 bytes.
fn header(descriptor: &str, shape: &[usize]) -> Vec<u8> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let mut text =
        format!("{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({}), }}", sides.trim_end());
    const BEFORE: usize = 10;
    let filled = (BEFORE + text.len() + 1).next_multiple_of(64) - BEFORE;
    while text.len() + 1 < filled {
        text.push(' ');
    }
    text.push('\n');
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &length, text.as_bytes()].concat()
}

/// Rows of a table, written as `.npz` or CSV by the same names.
pub struct RowTable {
    rows: usize,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    values: Values,
    /// Names of its columns in CSV, as many as it has values per row.
    titles: Vec<String>,
    /// Whether it has values for each row.
    by_row: bool,
}

impl RowTable {
    /// A table of `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// Adds one value per row.
    pub fn add(&mut self, name: &str, values: Values) {
        let titles = vec![name.to_owned()];
        self.columns.push(Column { name: name.to_owned(), values, titles, by_row: true });
    }

    /// Adds `width` values per row: an array [rows, width], columns `name_1`, `name_2`, …
    pub fn add_wide(&mut self, name: &str, width: usize, values: Values) {
        let titles = (1..=width).map(|column| format!("{name}_{column}")).collect();
        self.columns.push(Column { name: name.to_owned(), values, titles, by_row: true });
    }

    /// Adds values under titles of their own: an array [rows, titles]; columns of empty titles stand in the array alone.
    pub fn add_titled(&mut self, name: &str, titles: Vec<String>, values: Values) {
        self.columns.push(Column { name: name.to_owned(), values, titles, by_row: true });
    }

    /// Adds an array that is not of the rows, which CSV leaves out.
    pub fn add_aside(&mut self, name: &str, values: Values) {
        self.columns.push(Column { name: name.to_owned(), values, titles: Vec::new(), by_row: false });
    }

    /// Names of what a file of `format` has.
    pub fn names(&self, format: TableFormat) -> Vec<String> {
        let there = self.columns.iter().filter(|column| column.by_row || format == TableFormat::Npz);
        there.map(|column| column.name.clone()).collect()
    }

    /// Writes the file.
    pub fn write(&self, path: &Path, format: TableFormat) -> Result<(), Error> {
        match format {
            TableFormat::Csv => Ok(atomic_write(path, self.csv().as_bytes())?),
            TableFormat::Npz => {
                let mut npz = Npz::default();
                self.add_to(&mut npz)?;
                npz.write(path)
            }
        }
    }

    /// Adds all columns to a file that has other arrays, too.
    pub fn add_to(&self, npz: &mut Npz) -> Result<(), Error> {
        for Column { name, values, titles, by_row } in &self.columns {
            let one = titles.len() == 1 && titles[0] == *name;
            match (by_row, one) {
                (true, true) => npz.add(name, &[self.rows], values)?,
                (true, false) => npz.add(name, &[self.rows, titles.len()], values)?,
                (false, _) => npz.add(name, &[values.len()], values)?,
            }
        }
        Ok(())
    }

    fn csv(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            for (i, cell) in cells.enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let _ = write!(out, "{comma}{}", quoted(&cell));
            }
            out.push('\n');
        };
        let cells = || {
            self.columns.iter().filter(|column| column.by_row).flat_map(|column| {
                let shown = column.titles.iter().enumerate().filter(|(_, title)| !title.is_empty());
                shown.map(move |(at, title)| (column, at, title))
            })
        };
        line(&mut cells().map(|(_, _, title)| title.clone()));
        for row in 0..self.rows {
            line(&mut cells().map(|(column, at, _)| column.values.cell(row * column.titles.len() + at)));
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
        let mut table = RowTable::new(2);
        table.add("n", Values::Whole(vec![-1, 7]));
        let text = |texts: &[&str]| Values::Text(texts.iter().map(ToString::to_string).collect());
        table.add("class, as given", text(&["plain", "with \"quotes\""]));
        table.add_wide("mean", 2, Values::Floats(vec![0.5, 1.0, f32::NAN, 2.0]));
        table.add_titled(
            "factors",
            vec!["".into(), "angle".into()],
            Values::Doubles(vec![9.0, 0.25, 9.0, 4.0]),
        );
        table.add_aside("classes", text(&["a", "b", "c"]));
        let expected = "n,\"class, as given\",mean_1,mean_2,angle\n-1,plain,0.5,1,0.25\n7,\"with \"\"quotes\"\"\",,2,4\n";
        assert_eq!(table.csv(), expected);
    }

    #[test]
    fn arrays_begin_at_multiples_of_64_bytes() {
        for shape in [&[3][..], &[], &[12, 28, 28, 1], &[usize::MAX; 4]] {
            let header = header("<f4", shape);
            assert_eq!(header.len() % 64, 0);
            assert_eq!(
                (header[8] as usize + 256 * header[9] as usize, header.last()),
                (header.len() - 10, Some(&b'\n'))
            );
        }
        let (descriptor, bytes) = Values::Text(vec!["é".into(), "abc".into()]).encoded();
        assert_eq!((descriptor.as_str(), bytes.len(), bytes[0]), ("<U3", 24, 0xe9));
    }
}
