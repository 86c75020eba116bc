//! [`Pca`]: principal components.

use faer::Side;
use rayon::prelude::*;

use super::krylov::leading;
use crate::Table;
use crate::moments::{column_means, column_variances, scatter};

/// From so many columns on, a few components cost less than the covariance.
const WIDE: usize = 192;

/// Directions of greatest variance, as scikit-learn's `PCA` gives them.
///
/// Variances divide by n − 1. A direction's sign is such that its entry of largest magnitude is positive (the
/// first of them, if several are).
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    means: Vec<f64>,
    directions: Vec<f64>,
    variances: Vec<f64>,
    total: f64,
}

/// Why there are no components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PcaError {
    /// One row has no variance.
    #[error("principal components need at least 2 rows, not {rows}")]
    Rows {
        /// Rows of the table.
        rows: usize,
    },

    /// More components than the table can have, or none.
    #[error("{components} components of a table with {rows} rows and {columns} columns: between 1 and {} can be had", rows.min(columns))]
    Components {
        /// Components asked for.
        components: usize,
        /// Rows of the table.
        rows: usize,
        /// Columns of the table.
        columns: usize,
    },

    /// A table of another width than the fit's.
    #[error("a table of {columns} columns does not fit: {expected} are expected")]
    Columns {
        /// Columns of the table.
        columns: usize,
        /// Columns of the fit.
        expected: usize,
    },

    /// The eigenvalues did not converge.
    #[error("the eigenvalues of the covariance of {columns} columns did not converge")]
    Eigenvalues {
        /// Columns of the table.
        columns: usize,
    },
}

impl Pca {
    /// The first `components` principal components of `table`.
    ///
    /// A few components of a large, wide table come from passes over the table, accurate to about 1e-6 of the largest
    /// variance; otherwise from the whole covariance in f64.
    ///
    /// # Errors
    /// [`PcaError::Rows`] for a single row, [`PcaError::Components`] unless 1 ≤ `components` ≤ min(rows, columns).
    ///
    /// ```
    /// use analysis::{Pca, Table};
    ///
    /// let pca = Pca::fit(Table::new(&[0.0, 0.0, 1.0, 2.0, 2.0, 4.0], 2)?, 2)?;
    /// assert!((pca.variances()[0] - 5.0).abs() < 1e-12 && (pca.explained()[0] - 1.0).abs() < 1e-12);
    /// assert!(pca.direction(0).iter().zip([0.2f64.sqrt(), 0.8f64.sqrt()]).all(|(a, b)| (a - b).abs() < 1e-12));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(table: Table<'_>, components: usize) -> Result<Self, PcaError> {
        let (rows, columns) = (table.rows(), table.columns());
        if rows < 2 {
            return Err(PcaError::Rows { rows });
        }
        if components == 0 || components > rows.min(columns) {
            return Err(PcaError::Components { components, rows, columns });
        }
        let means = column_means(table);
        if columns >= WIDE && 32 * components <= columns && rows >= 8 * columns {
            let total =
                column_variances(table, &means).iter().sum::<f64>() * (rows as f64 / (rows - 1) as f64);
            if let Some(pairs) = leading(table, &means, components) {
                let variances = pairs.iter().map(|(value, _)| *value).collect();
                let directions = pairs.into_iter().flat_map(|(_, direction)| signed(direction)).collect();
                return Ok(Self { means, directions, variances, total });
            }
        }
        let covariance = scatter(table, &means) * faer::Scale(1.0 / (rows - 1) as f64);
        let total = (0..columns).map(|i| covariance[(i, i)]).sum();
        let eigen =
            covariance.self_adjoint_eigen(Side::Lower).map_err(|_| PcaError::Eigenvalues { columns })?;
        // Ascending there, descending here.
        let order = (0..columns).rev().take(components);
        let variances = order.clone().map(|i| eigen.S()[i].max(0.0)).collect();
        let directions = order.flat_map(|i| signed(eigen.U().col(i).iter().copied().collect())).collect();
        Ok(Self { means, directions, variances, total })
    }

    /// Number of components.
    pub fn components(&self) -> usize {
        self.variances.len()
    }

    /// Mean of each column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Variance along each component, descending; the sum over all is the variance of the table.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Share of the table's whole variance along each component, in [0, 1]; 0 if it has none.
    pub fn explained(&self) -> Vec<f64> {
        let share = |variance: &f64| if self.total > 0.0 { variance / self.total } else { 0.0 };
        self.variances.iter().map(share).collect()
    }

    /// Unit vector of one component, shape `[columns]`.
    ///
    /// # Panics
    /// If `component` is not below [`components`](Self::components).
    pub fn direction(&self, component: usize) -> &[f64] {
        let columns = self.means.len();
        &self.directions[component * columns..(component + 1) * columns]
    }

    /// Scores of the rows of `table`: shape `[rows, components]`.
    ///
    /// # Errors
    /// [`PcaError::Columns`] for a table of another width.
    pub fn transform(&self, table: Table<'_>) -> Result<Vec<f32>, PcaError> {
        let (columns, components) = (table.columns(), self.components());
        if columns != self.means.len() {
            return Err(PcaError::Columns { columns, expected: self.means.len() });
        }
        let mut scores = vec![0.0; table.rows() * components];
        scores
            .par_chunks_mut(components)
            .zip(table.values().par_chunks(columns))
            .with_min_len(64)
            .for_each_init(
                || vec![0.0; columns],
                |centred, (scores, row)| {
                    let pairs = row.iter().zip(&self.means);
                    centred
                        .iter_mut()
                        .zip(pairs)
                        .for_each(|(to, (value, mean))| *to = f64::from(*value) - mean);
                    for (score, direction) in scores.iter_mut().zip(self.directions.chunks_exact(columns)) {
                        *score = dot(centred, direction) as f32;
                    }
                },
            );
        Ok(scores)
    }

    /// Rows that have the given scores, shape `[rows, components]` → `[rows, columns]`: what remains of a row when
    /// the other components are dropped.
    ///
    /// # Errors
    /// [`PcaError::Columns`] unless `scores` has one column per component.
    pub fn inverse(&self, scores: Table<'_>) -> Result<Vec<f32>, PcaError> {
        let (columns, components) = (self.means.len(), self.components());
        if scores.columns() != components {
            return Err(PcaError::Columns { columns: scores.columns(), expected: components });
        }
        let mut rows = vec![0.0; scores.rows() * columns];
        rows.par_chunks_mut(columns)
            .zip(scores.values().par_chunks(components))
            .with_min_len(64)
            .for_each_init(
                || vec![0.0; columns],
                |sums, (row, scores)| {
                    sums.copy_from_slice(&self.means);
                    for (score, direction) in scores.iter().zip(self.directions.chunks_exact(columns)) {
                        sums.iter_mut().zip(direction).for_each(|(sum, d)| *sum += f64::from(*score) * d);
                    }
                    row.iter_mut().zip(sums).for_each(|(to, sum)| *to = *sum as f32);
                },
            );
        Ok(rows)
    }
}

/// A direction with its entry of largest magnitude positive.
fn signed(mut direction: Vec<f64>) -> Vec<f64> {
    let largest =
        direction.iter().fold(0.0f64, |best, value| if value.abs() > best.abs() { *value } else { best });
    if largest < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
    direction
}

/// In eight sums, so that additions do not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a8, a), (b8, b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a8.iter().zip(b8) {
        (0..8).for_each(|i| sums[i] += a[i] * b[i]);
    }
    sums.iter().sum::<f64>() + a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use random::Stream;

    #[test]
    fn passes_over_the_table_find_what_the_covariance_holds() {
        let (rows, columns) = (3000, 200);
        let mut values = vec![0.0; rows * columns];
        Stream::new(5, "wide").normals(0, 0, &mut values);
        for row in values.chunks_exact_mut(columns) {
            for column in 0..columns {
                // Neighbouring columns go together; far from zero.
                let before = if column == 0 { 0.0 } else { row[column - 1] - 40.0 };
                row[column] = 0.8 * before + row[column] / (1.0 + 0.05 * column as f32) + 40.0;
            }
        }
        let table = Table::new(&values, columns).unwrap();
        let fast = Pca::fit(table, 3).unwrap();
        let full = Pca::fit(table, columns).unwrap();
        assert!(leading(table, full.means(), 3).is_some());
        for component in 0..3 {
            let (ours, exact) = (fast.variances()[component], full.variances()[component]);
            assert!((ours / exact - 1.0).abs() < 1e-6, "{ours} {exact}");
            assert!((fast.explained()[component] / full.explained()[component] - 1.0).abs() < 1e-6);
            let pairs = fast.direction(component).iter().zip(full.direction(component));
            let difference = pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            assert!(difference < 1e-5, "{component}: {difference:e}");
        }
    }
}
