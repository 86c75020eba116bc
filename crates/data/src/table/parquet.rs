//! Parquet files as columns.

use std::fs::File;
use std::path::Path;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::columns::{CellRef, Cells, Column, Sheet};
use crate::error::DataError;
use crate::regular_file;

/// Lists longer than this are no coordinates.
const LONGEST_LIST: usize = 1 << 20;

/// What a column holds, as far as it was read; rows before the first value are missing.
enum ColumnBuilder {
    Nothing,
    Numbers(Vec<f64>),
    Text(Vec<String>),
    /// Row after row of lists of this length.
    Lists(usize, Vec<f64>),
    /// What is neither, such as a table in a cell.
    Other,
}

/// Opens a file.
pub(crate) fn open(path: &Path) -> Result<SerializedFileReader<File>, DataError> {
    let (file, _) = regular_file::open(path)?;
    SerializedFileReader::new(file).map_err(damaged(path))
}

/// What is said of a file that the library cannot read.
pub(crate) fn damaged(path: &Path) -> impl Fn(ParquetError) -> DataError {
    move |error| {
        let problem = format!("not a whole Parquet file: {error}");
        DataError::Table { file: path.to_path_buf(), problem }
    }
}

/// Reads all columns.
pub(crate) fn read(path: &Path) -> Result<Sheet, DataError> {
    let refuse = |problem: String| DataError::Table { file: path.to_path_buf(), problem };
    let reader = open(path)?;
    let schema = reader.metadata().file_metadata().schema_descr().root_schema().clone();
    let names: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let mut builders: Vec<ColumnBuilder> = names.iter().map(|_| ColumnBuilder::Nothing).collect();
    let mut missing: Vec<Option<CellRef>> = vec![None; names.len()];
    let mut rows = 0;
    for row in reader.get_row_iter(None).map_err(damaged(path))? {
        let row = row.map_err(damaged(path))?;
        for (at, (name, field)) in row.get_column_iter().enumerate() {
            let Some(column) = builders.get_mut(at) else { continue };
            if !column.push(field, rows) {
                let problem = format!(
                    "row {}, counted from 1: column {name} holds a list of another length or kind than the rows before",
                    rows + 1
                );
                return Err(refuse(problem));
            }
            if is_missing(field) && missing[at].is_none() {
                missing[at] = Some(CellRef { row: rows, line: None, text: field.to_string() });
            }
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(refuse("holds no rows of numbers".into()));
    }
    let mut notes = Vec::new();
    let mut columns = Vec::new();
    for ((name, builders), missing) in names.into_iter().zip(builders).zip(missing) {
        let column =
            |name: String, cells| Column { name: Some(name), cells, missing: missing.clone(), fault: None };
        match builders {
            ColumnBuilder::Nothing => columns.push(column(name, Cells::Numbers(vec![f64::NAN; rows]))),
            ColumnBuilder::Numbers(values) => columns.push(column(name, Cells::Numbers(values))),
            ColumnBuilder::Text(cells) => columns.push(column(name, Cells::Text(cells))),
            ColumnBuilder::Lists(length, values) => {
                let place = |place: usize| values.iter().skip(place).step_by(length).copied().collect();
                columns.extend(
                    (0..length).map(|at| column(format!("{name}_{}", at + 1), Cells::Numbers(place(at)))),
                );
            }
            ColumnBuilder::Other => {
                notes.push(format!("column {name} (neither numbers nor text) is left out"))
            }
        }
    }
    Ok(Sheet { columns, notes, first_line: None })
}

impl ColumnBuilder {
    /// Adds the value of row `row`; whether it is of the column's kind.
    fn push(&mut self, field: &Field, row: usize) -> bool {
        if let Self::Nothing = self {
            *self = match (number(field), field) {
                (_, Field::Null) => return true,
                (Some(_), _) => Self::Numbers(vec![f64::NAN; row]),
                (None, Field::ListInternal(list)) if (1..=LONGEST_LIST).contains(&list.len()) => {
                    Self::Lists(list.len(), vec![f64::NAN; row * list.len()])
                }
                (
                    None,
                    Field::Group(_) | Field::MapInternal(_) | Field::ListInternal(_) | Field::Bytes(_),
                ) => Self::Other,
                _ => Self::Text(vec![String::new(); row]),
            };
        }
        match (self, field) {
            (Self::Numbers(values), _) => values.push(number(field).unwrap_or(f64::NAN)),
            (Self::Text(cells), Field::Null) => cells.push(String::new()),
            (Self::Text(cells), Field::Str(text)) => cells.push(text.clone()),
            (Self::Text(cells), _) => cells.push(field.to_string()),
            (Self::Lists(length, values), Field::Null) => values.resize(values.len() + *length, f64::NAN),
            (Self::Lists(length, values), Field::ListInternal(list)) => {
                if list.len() != *length {
                    return false;
                }
                for element in list.elements() {
                    match (number(element), element) {
                        (Some(value), _) => values.push(value),
                        (None, Field::Null) => values.push(f64::NAN),
                        _ => return false,
                    }
                }
            }
            (Self::Lists(..), _) => return false,
            (Self::Nothing | Self::Other, _) => {}
        }
        true
    }
}

fn is_missing(field: &Field) -> bool {
    match field {
        Field::Null => true,
        Field::ListInternal(list) => list.elements().iter().any(is_missing),
        _ => number(field).is_some_and(f64::is_nan),
    }
}

/// The number in a cell; infinities are none.
pub(crate) fn number(field: &Field) -> Option<f64> {
    let value = match field {
        Field::Bool(value) => f64::from(u8::from(*value)),
        Field::Byte(value) => f64::from(*value),
        Field::Short(value) => f64::from(*value),
        Field::Int(value) => f64::from(*value),
        Field::Long(value) => *value as f64,
        Field::UByte(value) => f64::from(*value),
        Field::UShort(value) => f64::from(*value),
        Field::UInt(value) => f64::from(*value),
        Field::ULong(value) => *value as f64,
        Field::Float16(value) => f64::from(value.to_f32()),
        Field::Float(value) => f64::from(*value),
        Field::Double(value) => *value,
        Field::Decimal(_) => return field.to_string().parse().ok(),
        _ => return None,
    };
    Some(value)
}
