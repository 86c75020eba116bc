//! Sets that are tables: which columns they are made of, and how each is standardised.

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape};
use crate::error::DataError;
use crate::pixels::Pixels;
use crate::split::Splits;
use crate::table::{Table, some};

/// The columns of a set that is a table. What a network sees of a value is (value − mean) / deviation.
///
/// ```
/// let columns = data::Columns { names: vec!["age".into()], mean: vec![40.0], deviation: vec![10.0] };
/// let mut row = [0.5];
/// columns.in_units(&mut row);
/// assert_eq!(row, [45.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Their names, in the order of the values; numbers, counted from 1, in a table without names.
    pub names: Vec<String>,
    /// Mean of each over the training rows, in the owner's units.
    pub mean: Vec<f64>,
    /// Standard deviation of each over the training rows (divided by n), in the owner's units; 1 for a constant one.
    pub deviation: Vec<f64>,
}

/// What a missing value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impute {
    /// The column's mean over the training rows.
    Mean,
}

impl Columns {
    /// Brings rows of standardised values back to the owner's units.
    pub fn in_units(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.names.len().max(1)) {
            for ((value, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *value = (f64::from(*value) * deviation + mean) as f32;
            }
        }
    }

    /// Whether there is one mean and one deviation for each name.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        let Self { names, mean, deviation } = self;
        let counts = [names.len(), mean.len(), deviation.len()];
        if counts.iter().any(|count| *count != names.len()) || names.is_empty() {
            let allowed = "must have as many means and deviations as names, at least one";
            return Err(DataError::field("columns", format!("{counts:?}"), allowed));
        }
        if mean.iter().any(|mean| !mean.is_finite()) || deviation.iter().any(|d| !(*d > 0.0 && d.is_finite()))
        {
            let allowed = "means must be finite, deviations finite and above 0";
            return Err(DataError::field("columns", "numbers that are none", allowed));
        }
        Ok(())
    }

    /// Means and deviations of the columns over `rows` of the table; missing values count for nothing.
    fn of(table: &Table, rows: impl Iterator<Item = usize> + Clone, notes: &mut Vec<String>) -> Self {
        let d = table.columns.len();
        let mut constant = Vec::new();
        let (mut mean, mut deviation) = (Vec::with_capacity(d), Vec::with_capacity(d));
        for column in 0..d {
            let values =
                || rows.clone().map(|row| table.values[row * d + column]).filter(|value| !value.is_nan());
            let count = values().count().max(1) as f64;
            let average = values().sum::<f64>() / count;
            let variance = values().map(|value| (value - average).powi(2)).sum::<f64>() / count;
            // What rounding leaves of a constant is no deviation.
            let least = 1e-9 * average.abs();
            let spread = if variance.sqrt() > least { variance.sqrt() } else { 0.0 };
            if spread == 0.0 {
                constant.push(table.columns[column].as_str());
            }
            mean.push(average);
            deviation.push(if spread > 0.0 { spread } else { 1.0 });
        }
        if !constant.is_empty() {
            let what = if constant.len() == 1 { "column is" } else { "columns are" };
            let shown = constant.iter().take(5).copied().collect::<Vec<_>>().join(", ");
            let more = if constant.len() > 5 { ", …" } else { "" };
            notes.push(format!("{} {what} constant over the training rows: {shown}{more}", constant.len()));
        }
        Self { names: table.columns.clone(), mean, deviation }
    }

    /// Where each column is in `table`: by its name, or by its place in a table of as many columns without names.
    ///
    /// # Errors
    /// If the table lacks a column.
    fn positions(&self, table: &Table, notes: &mut Vec<String>) -> Result<Vec<usize>, DataError> {
        let position = |name: &String| {
            table.columns.iter().position(|column| column == name).ok_or_else(|| {
                let (own, there) = (count(&self.names), count(&table.columns));
                let problem = format!(
                    "has no column {name}, which the run was trained on: its {own} were {}, and here are {there}: {}",
                    some(&self.names),
                    some(&table.columns)
                );
                DataError::Table { file: table.path().to_owned(), problem }
            })
        };
        let found: Result<Vec<usize>, _> = self.names.iter().map(position).collect();
        let has_names = |names: &[String]| names.iter().any(|name| name.parse::<usize>().is_err());
        if found.is_err()
            && self.names.len() == table.columns.len()
            && !(has_names(&self.names) && has_names(&table.columns))
        {
            notes.push(format!(
                "columns {} are taken by their places for {}",
                some(&table.columns),
                some(&self.names)
            ));
            return Ok((0..self.names.len()).collect());
        }
        let found = found?;
        let others: Vec<String> =
            table.columns.iter().filter(|column| !self.names.contains(column)).cloned().collect();
        if !others.is_empty() {
            notes.push(format!("left out, not among the run's columns: {}", some(&others)));
        }
        Ok(found)
    }

    /// The rows of `table`, [rows, columns], standardised; missing values become 0, the mean.
    ///
    /// # Errors
    /// If the table lacks a column.
    fn standardised(&self, table: &Table, notes: &mut Vec<String>) -> Result<Vec<f32>, DataError> {
        let positions = self.positions(table, notes)?;
        let mut filled = 0;
        let mut values = crate::error::reserve(table.rows() * positions.len(), table.name.as_str())?;
        for row in table.values.chunks_exact(table.columns.len()) {
            for ((at, mean), deviation) in positions.iter().zip(&self.mean).zip(&self.deviation) {
                let value = (row[*at] - mean) / deviation;
                filled += usize::from(value.is_nan());
                values.push(if value.is_nan() { 0.0 } else { value as f32 });
            }
        }
        if filled > 0 {
            let what = if filled == 1 { "missing value is" } else { "missing values are" };
            notes.push(format!("{filled} {what} filled with the mean of the training rows"));
        }
        Ok(values)
    }
}

/// `3 columns`.
pub(crate) fn count(columns: &[String]) -> String {
    format!("{} {}", columns.len(), if columns.len() == 1 { "column" } else { "columns" })
}

/// A set with one image of no height for each row of `table`, whose values come with [`standardise`]; `columns` are how
/// many it will have.
pub(crate) fn placeholder(table: &Table) -> Result<Dataset, DataError> {
    let pixels = Pixels::Bytes(vec![0; table.rows()]);
    let mut set = Dataset::from_pixels(table.name.clone(), ImageShape::new(1, 1, 1), pixels)?;
    if let Some(labels) = &table.labels {
        set = set.with_labels(labels.rows.clone(), labels.classes.clone())?;
    }
    match &table.files {
        Some(files) => set.with_file_names(files.clone()),
        None => Ok(set),
    }
}

/// The splits of placeholders of `table` (and of `test_table`, where the test rows are of a table of their own) with
/// the values of its columns: standardised by `given`, or else by the training rows.
pub(crate) fn standardise(
    splits: Splits,
    table: &Table,
    test_table: Option<&Table>,
    given: Option<&Columns>,
    notes: &mut Vec<String>,
) -> Result<(Splits, Columns), DataError> {
    let train_rows = (0..splits.train.len()).map(|i| splits.train.position(i));
    let columns = match given {
        Some(columns) => columns.clone(),
        None => Columns::of(table, train_rows, notes),
    };
    let shape = ImageShape::new(1, columns.names.len(), 1);
    let mut with_values = |part: &Dataset, table: &Table| -> Result<Dataset, DataError> {
        let pixels = Pixels::Floats(columns.standardised(table, notes)?);
        Ok(part.whole().with_images(shape, pixels)?.with_columns(columns.clone()))
    };
    let values = with_values(&splits.train, table)?;
    let test_values = match test_table {
        Some(test_table) => with_values(&splits.test, test_table)?,
        None => values.clone(),
    };
    let part = |part: &Dataset, values: &Dataset| {
        values.subset(&(0..part.len()).map(|i| part.position(i)).collect::<Vec<_>>())
    };
    let is_test = |part: &Dataset| part.shares_pixels_with(&splits.test) && test_table.is_some();
    let valid = part(&splits.valid, if is_test(&splits.valid) { &test_values } else { &values })?;
    let splits =
        Splits { train: part(&splits.train, &values)?, valid, test: part(&splits.test, &test_values)? };
    Ok((splits, columns))
}
