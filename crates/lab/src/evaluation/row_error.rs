//! How well a network keeps the rows of a table, and each of its columns.

use data::Dataset;

use crate::measures::Measure;
use crate::runs::Run;

/// Rows that pass through the network at a time.
const CHUNK: usize = 4_096;
/// Columns that are listed one by one.
const LISTED: usize = 10;

/// How close the rows of a set come back.
pub struct RowError {
    /// Sum of squared differences of each column, and of the column itself, about its mean over the training rows.
    columns: Vec<(f64, f64)>,
    rows: usize,
}

impl RowError {
    /// Reconstructs all rows (or small images) of `set`.
    pub fn of(run: &mut Run, set: &Dataset) -> Self {
        let seen = run.trained.source(set);
        let width = run.trained.model.network().input.len();
        let mut columns = vec![(0.0, 0.0); width];
        let all: Vec<usize> = (0..set.len()).collect();
        for rows in all.chunks(CHUNK) {
            let made = run.reconstruct_at(&seen, rows);
            let pairs = made.targets.pixels.chunks_exact(width).zip(made.outputs.pixels.chunks_exact(width));
            for (target, output) in pairs {
                for ((errors, squares), (x, y)) in columns.iter_mut().zip(target.iter().zip(output)) {
                    *errors += f64::from(x - y).powi(2);
                    *squares += f64::from(*x).powi(2);
                }
            }
        }
        Self { columns, rows: set.len() }
    }

    /// The mean squared error, of standardised values where the set is a table.
    pub fn measure(&self) -> Measure {
        let errors: f64 = self.columns.iter().map(|(errors, _)| errors).sum();
        Measure::new("mse", errors / (self.rows * self.columns.len()) as f64, self.rows)
    }

    /// Which share of each column's variance the reconstructions keep, the worst first where there are many.
    pub fn note(&self, names: &[String]) -> String {
        let mut kept: Vec<(&str, f64)> = names
            .iter()
            .zip(&self.columns)
            .map(|(name, (errors, squares))| (name.as_str(), 1.0 - errors / squares.max(f64::MIN_POSITIVE)))
            .collect();
        let all = kept.len() <= LISTED;
        if !all {
            kept.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        }
        let listed: Vec<String> = kept
            .iter()
            .take(LISTED)
            .map(|(name, share)| format!("{name} {:.0} %", (100.0 * share).max(0.0)))
            .collect();
        let which = if all { "each column's" } else { "the worst columns'" };
        format!("reconstructions keep of {which} variance: {}", listed.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_variance_are_by_column() {
        let error = RowError { columns: vec![(1.0, 4.0), (9.0, 3.0)], rows: 2 };
        assert_eq!(error.measure().value, 2.5);
        let note = error.note(&["a".into(), "b".into()]);
        assert_eq!(note, "reconstructions keep of each column's variance: a 75 %, b 0 %");
    }
}
