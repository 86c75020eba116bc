//! The columns of a set that is a table, and how each is standardised.

use serde::{Deserialize, Serialize};

use crate::error::DataError;

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
}
