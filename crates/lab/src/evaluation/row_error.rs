//! How well a network keeps the rows of a table, and each of its columns.

use std::ops::Range;

use data::Dataset;

use crate::measures::Measure;
use crate::runs::Run;

/// Batches of rows that pass through the network at a time.
const BATCHES: usize = 32;
/// Columns that are listed one by one.
const LISTED: usize = 10;

/// How close the rows of a set come back.
pub struct RowError {
    /// Of each batch of rows and each column the sum of squared differences, and of the squares of the column itself, about
    /// its mean over the training rows: [batches, columns, 2].
    sums: Vec<f64>,
    columns: usize,
    rows: usize,
}

impl RowError {
    /// Reconstructs the rows (or small images) of `set` at `rows`.
    pub fn of(run: &mut Run, set: &Dataset, rows: Range<usize>) -> Self {
        let seen = run.trained.source(set);
        let (columns, batch) = (run.trained.model.network().input.len(), run.trained.batch());
        let mut error = Self { sums: Vec::new(), columns, rows: rows.len() };
        let all: Vec<usize> = rows.collect();
        for rows in all.chunks(batch * BATCHES) {
            let made = run.reconstruct_at(&seen, rows);
            let [targets, outputs] =
                [&made.targets, &made.outputs].map(|made| made.pixels.chunks(batch * columns));
            for (targets, outputs) in targets.zip(outputs) {
                let mut sums = vec![0.0; 2 * columns];
                let pairs = targets.chunks_exact(columns).zip(outputs.chunks_exact(columns));
                for (target, output) in pairs {
                    for (sums, (x, y)) in sums.chunks_exact_mut(2).zip(target.iter().zip(output)) {
                        sums[0] += f64::from(x - y).powi(2);
                        sums[1] += f64::from(*x).powi(2);
                    }
                }
                error.sums.extend(sums);
            }
        }
        error
    }

    /// That of `rows` rows of so many columns, whose `sums` parts had; see [`sums`](Self::sums).
    pub fn of_sums(sums: Vec<f64>, columns: usize, rows: usize) -> Self {
        Self { sums, columns, rows }
    }

    /// Of each batch of rows and each column the sum of squared differences, and of the squares of the column itself.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The sums over all rows of each column.
    fn by_column(&self) -> Vec<(f64, f64)> {
        let mut columns = vec![(0.0, 0.0); self.columns];
        for batch in self.sums.chunks_exact(2 * self.columns) {
            for ((errors, squares), sums) in columns.iter_mut().zip(batch.chunks_exact(2)) {
                *errors += sums[0];
                *squares += sums[1];
            }
        }
        columns
    }

    /// The mean squared error, of standardised values where the set is a table.
    pub fn measure(&self) -> Measure {
        let errors: f64 = self.by_column().iter().map(|(errors, _)| errors).sum();
        Measure::new("mse", errors / (self.rows * self.columns) as f64, self.rows)
    }

    /// Which share of each column's variance the reconstructions keep, the worst first where there are many.
    pub fn note(&self, names: &[String]) -> String {
        let mut kept: Vec<(&str, f64)> = names
            .iter()
            .zip(self.by_column())
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
        let error = RowError::of_sums(vec![0.5, 4.0, 2.0, 1.0, 0.5, 0.0, 7.0, 2.0], 2, 2);
        assert_eq!(error.measure().value, 2.5);
        let note = error.note(&["a".into(), "b".into()]);
        assert_eq!(note, "reconstructions keep of each column's variance: a 75 %, b 0 %");
    }
}
