//! Means and covariances of tables, in f64, the same on any number of threads.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::table::Table;

/// Rows that one task takes; fixed, so that the sums do not depend on the threads.
const CHUNK: usize = 1024;

/// Σ over rows of what `add` adds to a vector of `length`, chunk by chunk in order.
pub(crate) fn sum_over_rows(rows: usize, length: usize, add: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
    let parts: Vec<Vec<f64>> = (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut sum = vec![0.0; length];
            (chunk * CHUNK..rows.min((chunk + 1) * CHUNK)).for_each(|row| add(row, &mut sum));
            sum
        })
        .collect();
    let mut total = vec![0.0; length];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
    }
    total
}

/// Mean of each column.
pub(crate) fn column_means(table: Table<'_>) -> Vec<f64> {
    let mut sums = sum_over_rows(table.rows(), table.columns(), |row, sums| {
        sums.iter_mut().zip(table.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    sums.iter_mut().for_each(|sum| *sum /= table.rows() as f64);
    sums
}

/// Mean squared deviation of each column from `means` (divided by the rows).
pub(crate) fn column_variances(table: Table<'_>, means: &[f64]) -> Vec<f64> {
    let mut sums = sum_over_rows(table.rows(), table.columns(), |row, sums| {
        for ((sum, value), mean) in sums.iter_mut().zip(table.row(row)).zip(means) {
            *sum += (f64::from(*value) - mean).powi(2);
        }
    });
    sums.iter_mut().for_each(|sum| *sum /= table.rows() as f64);
    sums
}

/// Σ over rows of (x − mean)(x − mean)ᵀ, `[columns, columns]`, symmetric.
pub(crate) fn scatter(table: Table<'_>, means: &[f64]) -> Mat<f64> {
    let columns = table.columns();
    let chunks = table.rows().div_ceil(CHUNK);
    // A few chunks per task bound the memory of the partial sums (columns² each) for large tables.
    let tasks = chunks.min(16);
    let parts: Vec<Mat<f64>> = (0..tasks)
        .into_par_iter()
        .map(|task| {
            let mut sum = Mat::zeros(columns, columns);
            let mut centred = vec![0.0; CHUNK * columns];
            for chunk in (task * chunks / tasks)..((task + 1) * chunks / tasks) {
                let rows = chunk * CHUNK..table.rows().min((chunk + 1) * CHUNK);
                let count = rows.len();
                for (row, centred) in rows.zip(centred.chunks_exact_mut(columns)) {
                    for ((to, value), mean) in centred.iter_mut().zip(table.row(row)).zip(means) {
                        *to = f64::from(*value) - mean;
                    }
                }
                let rows = MatRef::from_row_major_slice(&centred[..count * columns], count, columns);
                matmul(sum.as_mut(), Accum::Add, rows.transpose(), rows, 1.0, Par::Seq);
            }
            sum
        })
        .collect();
    let mut total = Mat::zeros(columns, columns);
    parts.into_iter().for_each(|part| total += part);
    // Products of rounded terms in another order may differ in the last bit: make it symmetric to the bit.
    for i in 0..columns {
        for j in 0..i {
            total[(i, j)] = total[(j, i)];
        }
    }
    total
}
