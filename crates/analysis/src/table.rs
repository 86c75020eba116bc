//! [`Table`]: what every measure of points reads.

/// Finite numbers, one row per sample: shape `[rows, columns]`, row after row.
///
/// Made once, checked once: everything that takes a table may trust it.
///
/// ```
/// use analysis::{Table, TableError};
///
/// let table = Table::new(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 2)?;
/// assert_eq!((table.rows(), table.columns(), table.row(2)), (3, 2, &[4.0, 5.0][..]));
/// assert!(Table::new(&[0.0, f32::NAN], 2).is_err());
/// # Ok::<(), TableError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    values: &'a [f32],
    columns: usize,
}

/// Why numbers are not a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Rows without values.
    #[error("a table of {columns} columns and {values} values is empty: both must be at least 1")]
    Empty {
        /// Columns asked for.
        columns: usize,
        /// Values given.
        values: usize,
    },

    /// A last row that is cut short.
    #[error("{values} values are not rows of {columns} columns")]
    Ragged {
        /// Columns asked for.
        columns: usize,
        /// Values given.
        values: usize,
    },

    /// A value that is NaN or infinite.
    #[error("row {row}, column {column} (counted from 0) is {value}: every value must be a finite number")]
    NotFinite {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f32,
    },
}

impl<'a> Table<'a> {
    /// Checks `values`, row after row of `columns` numbers.
    ///
    /// # Errors
    /// [`TableError`] for an empty table, a ragged last row, or the first value that is not finite.
    pub fn new(values: &'a [f32], columns: usize) -> Result<Self, TableError> {
        if columns == 0 || values.is_empty() {
            return Err(TableError::Empty { columns, values: values.len() });
        }
        if !values.len().is_multiple_of(columns) {
            return Err(TableError::Ragged { columns, values: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(Self { values, columns }),
            Some(at) => {
                Err(TableError::NotFinite { row: at / columns, column: at % columns, value: values[at] })
            }
        }
    }

    /// Samples; at least 1.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Values per sample; at least 1.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One sample.
    ///
    /// # Panics
    /// If `row` is not below [`rows`](Self::rows).
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Every value, row after row.
    pub fn values(&self) -> &'a [f32] {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_a_table_of_numbers() {
        assert_eq!(Table::new(&[1.0], 0).unwrap_err(), TableError::Empty { columns: 0, values: 1 });
        assert_eq!(Table::new(&[], 3).unwrap_err(), TableError::Empty { columns: 3, values: 0 });
        assert_eq!(Table::new(&[1.0; 5], 3).unwrap_err(), TableError::Ragged { columns: 3, values: 5 });
        let error = Table::new(&[0.0, 0.0, 0.0, f32::INFINITY], 2).unwrap_err();
        assert_eq!(error, TableError::NotFinite { row: 1, column: 1, value: f32::INFINITY });
    }
}
