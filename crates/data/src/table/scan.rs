//! The lines of a table of text, cell by cell.

use super::columns::{CellRef, Reading, reading, shortened};
use super::header::{FirstLine, Tally, is_ramp, judge};
use super::roles;
use crate::error::DataError;

/// How a file of text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub separator: u8,
    pub separator_name: &'static str,
    pub decimal_comma: bool,
}

/// The cells of a column below the first line.
#[derive(Clone, Default)]
pub(super) struct ColumnScan {
    /// NaN where a cell is no number.
    pub values: Vec<f64>,
    pub tally: Tally,
    /// The first cell that is missing, and the first that is neither missing nor a number.
    pub missing: Option<CellRef>,
    pub fault: Option<CellRef>,
}

impl ColumnScan {
    /// Adds the cell of the next line.
    fn push(&mut self, cell: &str, line: u64, style: Style) {
        let row = self.values.len();
        let cell_ref = || CellRef { row, line: Some(line), text: cell.to_owned() };
        let value = match reading(cell, style.decimal_comma) {
            Reading::Number(value) => {
                self.tally.add(value);
                value
            }
            Reading::Missing => {
                self.missing.get_or_insert_with(cell_ref);
                f64::NAN
            }
            other => {
                self.count_other(other);
                self.fault.get_or_insert_with(cell_ref);
                f64::NAN
            }
        };
        self.values.push(value);
    }

    /// Counts a cell that is neither missing nor a finite number.
    fn count_other(&mut self, reading: Reading) {
        let count = if reading == Reading::Text { &mut self.tally.texts } else { &mut self.tally.numbers };
        *count += 1;
    }

    /// The same column with the first line as its first row.
    pub fn after(mut self, cell: &str, reading: Reading, line: u64) -> Self {
        let cell = CellRef { row: 0, line: Some(line), text: cell.to_owned() };
        let later = |cell: Option<CellRef>| cell.map(|cell| CellRef { row: cell.row + 1, ..cell });
        (self.missing, self.fault) = (later(self.missing), later(self.fault));
        let mut value = f64::NAN;
        match reading {
            Reading::Number(number) => {
                self.tally.numbers += 1;
                value = number;
            }
            Reading::Missing => self.missing = Some(cell),
            other => {
                self.count_other(other);
                self.fault = Some(cell);
            }
        }
        self.values.insert(0, value);
        self
    }
}

/// All lines of a table, the first of which may hold the columns' names.
pub(super) struct Scan {
    /// The cells of the first line, what they are, and its number.
    pub names: Vec<String>,
    pub first: Vec<Reading>,
    pub first_line: u64,
    pub columns: Vec<ColumnScan>,
    /// Lines below the first, and how many of them are ramps of numbers.
    lines: usize,
    ramps: usize,
}

impl Scan {
    pub fn of(
        mut lines: impl Iterator<Item = (csv::StringRecord, u64)>,
        style: Style,
        refuse: &dyn Fn(u64, String) -> DataError,
    ) -> Result<Self, DataError> {
        let Some((record, first_line)) = lines.find(|(record, _)| !record.is_empty()) else {
            return Err(refuse(1, "holds no rows of numbers".into()));
        };
        let names: Vec<String> = record.iter().map(str::to_owned).collect();
        let first = names.iter().map(|cell| reading(cell, style.decimal_comma)).collect();
        let columns = vec![ColumnScan::default(); names.len()];
        let mut scan = Self { names, first, first_line, columns, lines: 0, ramps: 0 };
        for (record, line) in lines {
            scan.add(&record, line, style).map_err(|problem| refuse(line, problem))?;
        }
        Ok(scan)
    }

    fn add(&mut self, record: &csv::StringRecord, line: u64, style: Style) -> Result<(), String> {
        if record.len() != self.names.len() {
            let between = match style.separator {
                b',' => String::new(),
                _ => format!(" (with {} between)", style.separator_name),
            };
            let first = self.names.len();
            return Err(format!("{} cells where the first line has {first}{between}", record.len()));
        }
        for ((column, cell), name) in self.columns.iter_mut().zip(record).zip(&self.names) {
            column.tally.repeats_first |= cell == name;
            column.push(cell, line, style);
        }
        self.ramps +=
            usize::from(is_ramp(self.columns.iter().filter_map(|column| column.values.last().copied())));
        self.lines += 1;
        Ok(())
    }

    /// Whether the first line holds the columns' names, as it does where these stood above the table.
    pub fn has_names(
        &self,
        stood_above: bool,
        notes: &mut Vec<String>,
        refuse: &dyn Fn(u64, String) -> DataError,
    ) -> Result<bool, DataError> {
        let Self { names, first, first_line, .. } = self;
        let cells: Vec<&str> = names.iter().map(String::as_str).collect();
        let tallies: Vec<Tally> = self.columns.iter().map(|column| column.tally).collect();
        let has_names = match judge(&cells, first, &tallies, self.ramps, roles::is_known) {
            _ if stood_above => true,
            FirstLine::Names => true,
            FirstLine::Row => false,
            FirstLine::DoubtfulRow => {
                notes.push(format!(
                    "line {first_line} ({}) is taken for a row; if it names the columns, put a letter before each \
                     number",
                    roles::some(names)
                ));
                false
            }
            FirstLine::Broken(at) => {
                let problem = format!(
                    "column {} is {:?}: must be a finite number (or, if this line names the columns, all cells must \
                     be names)",
                    at + 1,
                    shortened(cells[at])
                );
                return Err(refuse(*first_line, problem));
            }
        };
        if has_names && self.lines == 0 {
            return Err(refuse(*first_line, "holds no rows of numbers".into()));
        }
        Ok(has_names)
    }
}
