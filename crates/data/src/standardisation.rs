//! From the cells of tables to values that a network takes: each column standardised by the training rows.

use crate::columns::Columns;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::pixels::Pixels;
use crate::shape::ImageShape;
use crate::split::Splits;
use crate::table::contents::Table;
use crate::table::roles::some;

/// Means and deviations of the columns over `rows` of the table; missing values count for nothing.
fn columns_of(table: &Table, rows: impl Iterator<Item = usize> + Clone, notes: &mut Vec<String>) -> Columns {
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
    Columns { names: table.columns.clone(), mean, deviation }
}

/// Where each column is in `table`: by its name, or by its place in a table of as many columns without names.
///
/// # Errors
/// If the table lacks a column.
fn positions(columns: &Columns, table: &Table, notes: &mut Vec<String>) -> Result<Vec<usize>, DataError> {
    let position = |name: &String| {
        table.columns.iter().position(|column| column == name).ok_or_else(|| {
            let (own, there) = (count(&columns.names), count(&table.columns));
            let problem = format!(
                "has no column {name}, which the run was trained on: its {own} were {}, and here are {there}: {}",
                some(&columns.names),
                some(&table.columns)
            );
            DataError::Table { file: table.path().to_owned(), problem }
        })
    };
    let found: Result<Vec<usize>, _> = columns.names.iter().map(position).collect();
    let has_names = |names: &[String]| names.iter().any(|name| name.parse::<usize>().is_err());
    if found.is_err()
        && columns.names.len() == table.columns.len()
        && !(has_names(&columns.names) && has_names(&table.columns))
    {
        notes.push(format!(
            "columns {} are taken by their places for {}",
            some(&table.columns),
            some(&columns.names)
        ));
        return Ok((0..columns.names.len()).collect());
    }
    let found = found?;
    let others: Vec<String> =
        table.columns.iter().filter(|column| !columns.names.contains(column)).cloned().collect();
    if !others.is_empty() {
        notes.push(format!("left out, not among the run's columns: {}", some(&others)));
    }
    Ok(found)
}

/// The rows of `table`, [rows, columns], standardised; missing values become 0, the mean.
///
/// # Errors
/// If the table lacks a column.
fn standardised(columns: &Columns, table: &Table, notes: &mut Vec<String>) -> Result<Vec<f32>, DataError> {
    let positions = positions(columns, table, notes)?;
    let mut filled = 0;
    let mut values = crate::error::reserve(table.rows() * positions.len(), table.name.as_str())?;
    for row in table.values.chunks_exact(table.columns.len()) {
        for ((at, mean), deviation) in positions.iter().zip(&columns.mean).zip(&columns.deviation) {
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

/// All rows of `table`, standardised by `columns`.
pub(crate) fn whole(columns: &Columns, table: &Table) -> Result<Dataset, DataError> {
    let pixels = Pixels::Floats(standardised(columns, table, &mut Vec::new())?);
    let shape = ImageShape::new(1, columns.names.len(), 1);
    Ok(placeholder(table)?.with_images(shape, pixels)?.with_columns(columns.clone()))
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
        None => columns_of(table, train_rows, notes),
    };
    let shape = ImageShape::new(1, columns.names.len(), 1);
    let mut with_values = |part: &Dataset, table: &Table| -> Result<Dataset, DataError> {
        let pixels = Pixels::Floats(standardised(&columns, table, notes)?);
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
