//! What readers give: columns of cells, not yet judged.

use std::path::Path;

use crate::error::DataError;

/// A cell that a message may have to name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CellRef {
    /// Counted from 0.
    pub row: usize,
    /// Of a file of text, counted from 1.
    pub line: Option<u64>,
    /// What stands there.
    pub text: String,
}

impl CellRef {
    /// The error that says that this cell of `column` is no number.
    pub fn refuse(&self, file: &Path, column: &str) -> DataError {
        let what = format!("{:?}: must be a finite number", shortened(&self.text));
        match self.line {
            Some(line) => DataError::Csv {
                file: file.to_path_buf(),
                line,
                problem: format!("column {column} is {what}"),
            },
            None => {
                let problem = format!("row {}, counted from 1: column {column} is {what}", self.row + 1);
                DataError::Table { file: file.to_path_buf(), problem }
            }
        }
    }
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cells {
    /// NaN where a cell is missing.
    Numbers(Vec<f64>),
    /// As they stand; empty where a cell is missing.
    Text(Vec<String>),
}

/// One column as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// `None` where the table does not name it.
    pub name: Option<String>,
    pub cells: Cells,
    /// The first missing cell.
    pub missing: Option<CellRef>,
    /// The first cell that is neither missing nor a number, of a column that holds more numbers than such cells.
    pub fault: Option<CellRef>,
}

/// The columns of a file.
pub(crate) struct Sheet {
    pub columns: Vec<Column>,
    pub notes: Vec<String>,
    /// The line of names, of a file of text; where nothing of a row can be named, messages name this.
    pub first_line: Option<u64>,
}

impl Column {
    /// As messages name it: its name, or its number, counted from 1.
    pub fn label(&self, position: usize) -> String {
        self.name.clone().unwrap_or_else(|| (position + 1).to_string())
    }

    pub fn is(&self, names: &[&str]) -> bool {
        self.name.as_deref().is_some_and(|name| names.contains(&name.to_lowercase().as_str()))
    }

    pub fn rows(&self) -> usize {
        match &self.cells {
            Cells::Numbers(values) => values.len(),
            Cells::Text(cells) => cells.len(),
        }
    }

    /// A column of nothing but true and false as 1 and 0.
    pub fn with_truth_as_numbers(self) -> Self {
        let Cells::Text(cells) = &self.cells else { return self };
        let number = |cell: &String| match cell.to_ascii_lowercase().as_str() {
            "true" => Some(1.0),
            "false" => Some(0.0),
            other => is_missing(other).then_some(f64::NAN),
        };
        let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
        match numbers.filter(|numbers| numbers.iter().any(|number| !number.is_nan())) {
            Some(numbers) => Self { cells: Cells::Numbers(numbers), fault: None, ..self },
            None => self,
        }
    }

    /// Whether no cell holds anything.
    pub fn is_blank(&self) -> bool {
        match &self.cells {
            Cells::Numbers(values) => values.iter().all(|value| value.is_nan()),
            Cells::Text(cells) => cells.iter().all(String::is_empty),
        }
    }

    /// Its numbers, where all are whole and none is missing.
    pub fn whole_numbers(&self) -> Option<&[f64]> {
        match &self.cells {
            Cells::Numbers(values) if values.iter().all(|value| value.fract() == 0.0) => Some(values),
            _ => None,
        }
    }
}

/// What a cell of text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reading {
    Number(f64),
    /// A number that is not finite.
    Infinite,
    Missing,
    Text,
}

/// Reads a cell, with a comma for the decimal point where `decimal_comma`.
pub(crate) fn reading(cell: &str, decimal_comma: bool) -> Reading {
    let number = match decimal_comma {
        true => with_point(cell).parse(),
        false => cell.parse::<f64>(),
    };
    match number {
        Ok(value) if value.is_finite() => Reading::Number(value),
        Ok(value) if value.is_infinite() => Reading::Infinite,
        _ if is_missing(cell) => Reading::Missing,
        _ => Reading::Text,
    }
}

/// The number written with a point, if it has exactly one comma between digits and no point.
fn with_point(cell: &str) -> String {
    if is_decimal_comma(cell) { cell.replace(',', ".") } else { cell.to_owned() }
}

/// Whether `cell` is a number with a decimal comma.
pub(crate) fn is_decimal_comma(cell: &str) -> bool {
    let Some((whole, part)) = cell.split_once(',') else { return false };
    let digit = |text: Option<char>| text.is_some_and(|letter| letter.is_ascii_digit());
    !cell.contains('.')
        && digit(whole.chars().next_back())
        && digit(part.chars().next())
        && format!("{whole}.{part}").parse::<f64>().is_ok_and(f64::is_finite)
}

/// How programs write that there is no number.
fn is_missing(cell: &str) -> bool {
    let cell = cell.to_ascii_lowercase();
    ["", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "<na>", "?"].contains(&cell.as_str())
}

/// What fits into a message.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
