//! [`Pca`]: principal components.

use faer::{MatRef, Side};

use super::krylov::{directions, leading, many};
use crate::centred_table::CentredTable;
use crate::moments::{column_means, column_variances, scatter};
use crate::table::Table;

/// From so many columns on, a few components cost less than the covariance.
const WIDE: usize = 192;
/// From so many rows and columns on, a part of the components costs less than all of them.
const LARGE: usize = 1024;

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
    /// variance. Up to an eighth of the components of a table with 1,024 rows and columns or more come from a search
    /// among products with it (Musco & Musco 2015), which finds at least 99.99 % of the variance that they hold.
    /// Otherwise they come from the covariance X ᵀX or, of fewer rows than columns, from X Xᵀ, in f64: exact, in the
    /// cube of the smaller side.
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
        if columns <= rows.min(LARGE) || 8 * components > rows.min(columns) && columns <= rows {
            let covariance = scatter(table, &means) * faer::Scale(1.0 / (rows - 1) as f64);
            let total = (0..columns).map(|i| covariance[(i, i)]).sum();
            let eigen =
                covariance.self_adjoint_eigen(Side::Lower).map_err(|_| PcaError::Eigenvalues { columns })?;
            // Ascending there, descending here.
            let order = (0..columns).rev().take(components);
            let variances = order.clone().map(|i| eigen.S()[i].max(0.0)).collect();
            let directions = order.flat_map(|i| signed(eigen.U().col(i).iter().copied().collect())).collect();
            return Ok(Self { means, directions, variances, total });
        }
        let centred = CentredTable::from(table, &means);
        let pairs = match rows.min(columns) > LARGE && 8 * components <= rows.min(columns) {
            true => many(&centred, components),
            false => all_of_rows(&centred, components),
        };
        let pairs = pairs.ok_or(PcaError::Eigenvalues { columns })?;
        let total = centred.squares() / (rows - 1) as f64;
        let variances = pairs.iter().map(|(value, _)| value.max(0.0)).collect();
        let directions = pairs.into_iter().flat_map(|(_, direction)| signed(direction)).collect();
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
        let directions = MatRef::from_row_major_slice(&self.directions, components, columns);
        let scores = CentredTable::from(table, &self.means).row_products(directions.transpose());
        Ok(scores.into_iter().map(|score| score as f32).collect())
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
        let directions = MatRef::from_row_major_slice(&self.directions, components, columns);
        let scores = CentredTable::from(scores, &vec![0.0; components]);
        let differences = scores.row_products(directions);
        let means = self.means.iter().cycle();
        Ok(differences.iter().zip(means).map(|(difference, mean)| (mean + difference) as f32).collect())
    }
}

/// Eigenpairs of the covariance from those of X Xᵀ, which is the smaller matrix.
fn all_of_rows(centred: &CentredTable<'_>, components: usize) -> Option<Vec<(f64, Vec<f64>)>> {
    let rows = centred.rows();
    let products = centred.by_rows_of(centred) * faer::Scale(1.0 / (rows - 1) as f64);
    let eigen = products.self_adjoint_eigen(Side::Lower).ok()?;
    let values = (0..components).map(|k| eigen.S()[rows - 1 - k]).collect();
    let vectors = faer::Mat::from_fn(rows, components, |i, k| eigen.U()[(i, rows - 1 - k)]);
    Some(directions(centred, values, &vectors))
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

#[cfg(test)]
mod tests {
    use super::*;
    use random::Stream;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

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
    /// Rows whose variances fall as those of photographs do, in mixed directions.
    fn scenes(rows: usize, columns: usize) -> Vec<f32> {
        let mut values = vec![0.0; rows * columns];
        Stream::new(6, "scenes").normals(0, 0, &mut values);
        let sources = columns.min(120);
        let mixing: Vec<f32> = (0..columns * sources)
            .map(|at| {
                let (column, i) = (at / sources, at % sources);
                ((i * column) as f32 * 0.037 + i as f32).cos() / (i + 1) as f32
            })
            .collect();
        for row in values.chunks_exact_mut(columns) {
            let drawn = row[..sources].to_vec();
            for (value, mixing) in row.iter_mut().zip(mixing.chunks_exact(sources)) {
                let mixed: f32 = drawn.iter().zip(mixing).map(|(source, share)| source * share).sum();
                *value = 0.5 + mixed + 0.002 * *value;
            }
        }
        values
    }

    #[test]
    fn fewer_rows_than_columns_give_the_same_components_as_the_covariance() {
        let (rows, columns) = (60, 90);
        let values = scenes(rows, columns);
        let table = Table::new(&values, columns).unwrap();
        let pca = Pca::fit(table, rows).unwrap();
        let covariance = scatter(table, pca.means()) * faer::Scale(1.0 / (rows - 1) as f64);
        let eigen = covariance.self_adjoint_eigen(Side::Lower).unwrap();
        for k in 0..rows {
            let exact = eigen.S()[columns - 1 - k];
            assert!((pca.variances()[k] - exact).abs() < 1e-10 * pca.variances()[0], "{k}");
            let direction = pca.direction(k);
            assert!((dot(direction, direction) - 1.0).abs() < 1e-9, "{k}: no unit vector");
            let before: f64 = (0..k).map(|other| dot(pca.direction(other), direction).abs()).sum();
            assert!(before < 1e-8, "{k}: not orthogonal, {before:e}");
            if exact > 1e-6 * pca.variances()[0] {
                let theirs: Vec<f64> = eigen.U().col(columns - 1 - k).iter().copied().collect();
                assert!(dot(direction, &theirs).abs() > 1.0 - 1e-6, "{k}");
            }
        }
        let share: f64 = pca.explained().iter().sum();
        assert!((share - 1.0).abs() < 1e-9, "{share}");
    }

    #[test]
    fn a_part_of_many_components_holds_what_the_same_part_of_all_holds() {
        for (rows, columns) in [(1030, 1060), (1060, 1030)] {
            let values = scenes(rows, columns);
            let table = Table::new(&values, columns).unwrap();
            let count = 64;
            let part = Pca::fit(table, count).unwrap();
            let all = Pca::fit(table, rows.min(columns)).unwrap();
            let sum = |pca: &Pca| pca.explained().iter().take(count).sum::<f64>();
            assert!(sum(&part) > 0.9999 * sum(&all), "{rows} × {columns}: {} of {}", sum(&part), sum(&all));
            assert!(sum(&part) < (1.0 + 1e-9) * sum(&all));
            assert!((part.variances()[0] / all.variances()[0] - 1.0).abs() < 1e-9);
        }
    }
}
