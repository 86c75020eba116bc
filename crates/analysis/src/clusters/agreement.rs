//! How far clusters agree with classes.

use super::assignment::best_assignment;
use super::error::ClusterError;
use crate::labelled_points::{distinct, positions};

/// More clusters or classes than this are not matched: the matching takes their cube.
const MOST: usize = 1000;

/// Agreement of two labellings of the same points. The labels' names do not matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Accuracy under the best one-to-one naming of clusters by classes (Kuhn 1955), in [0, 1]; higher is better.
    /// Where there are more clusters than classes, the clusters left over count as wrong.
    pub accuracy: f64,
    /// Normalised mutual information: I / ((H_clusters + H_classes) / 2), in [0, 1]; higher is better. 1 where
    /// both have a single label.
    pub nmi: f64,
    /// Adjusted Rand index (Hubert & Arabie 1985), in [−½, 1]; higher is better, 0 for chance.
    pub ari: f64,
}

/// Compares `clusters` with `classes`.
///
/// NMI and ARI equal scikit-learn's `normalized_mutual_info_score` and `adjusted_rand_score`; the accuracy is that
/// of `scipy.optimize.linear_sum_assignment` on the contingency table.
///
/// # Errors
/// [`ClusterError::Lengths`] where lengths differ, [`ClusterError::Clusters`] without points,
/// [`ClusterError::TooMany`] for more than 1000 different labels.
///
/// ```
/// let found = analysis::agreement(&[5, 5, 7, 7], &[1, 1, 0, 0])?;
/// assert_eq!((found.accuracy, found.ari), (1.0, 1.0));
/// # Ok::<(), analysis::ClusterError>(())
/// ```
pub fn agreement(clusters: &[u32], classes: &[u32]) -> Result<Agreement, ClusterError> {
    if clusters.len() != classes.len() {
        return Err(ClusterError::Lengths { clusters: clusters.len(), classes: classes.len() });
    }
    if clusters.is_empty() {
        return Err(ClusterError::Clusters { clusters: 0, rows: 0 });
    }
    let (rows, columns) = (distinct(clusters), distinct(classes));
    let size = rows.len().max(columns.len());
    if size > MOST {
        return Err(ClusterError::TooMany { found: size, most: MOST });
    }
    let mut contingency = vec![0u64; size * size];
    for (row, column) in positions(clusters, &rows).into_iter().zip(positions(classes, &columns)) {
        contingency[row * size + column] += 1;
    }
    let matched = best_assignment(&contingency, size);
    let right: u64 = matched.iter().enumerate().map(|(row, column)| contingency[row * size + column]).sum();
    let row_sums: Vec<u64> = contingency.chunks_exact(size).map(|row| row.iter().sum()).collect();
    let column_sums: Vec<u64> =
        (0..size).map(|column| contingency.iter().skip(column).step_by(size).sum()).collect();
    Ok(Agreement {
        accuracy: right as f64 / clusters.len() as f64,
        nmi: normalised_information(&contingency, &row_sums, &column_sums),
        ari: adjusted_rand(&contingency, &row_sums, &column_sums),
    })
}

fn normalised_information(contingency: &[u64], rows: &[u64], columns: &[u64]) -> f64 {
    let total = rows.iter().sum::<u64>() as f64;
    let entropy = |counts: &[u64]| -> f64 {
        let counts = counts.iter().filter(|count| **count > 0);
        counts.map(|count| -(*count as f64 / total) * (*count as f64 / total).ln()).sum()
    };
    let (row_entropy, column_entropy) = (entropy(rows), entropy(columns));
    if row_entropy == 0.0 && column_entropy == 0.0 {
        return 1.0;
    }
    let information: f64 = contingency
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(at, count)| {
            let (row, column) = (rows[at / rows.len()] as f64, columns[at % rows.len()] as f64);
            let count = *count as f64;
            count / total * (count * total / (row * column)).ln()
        })
        .sum();
    (information / (0.5 * (row_entropy + column_entropy))).clamp(0.0, 1.0)
}

fn adjusted_rand(contingency: &[u64], rows: &[u64], columns: &[u64]) -> f64 {
    // Pairs of points; u128 and f64 hold them for any number of points that fits in memory.
    let pairs = |counts: &[u64]| -> f64 {
        counts.iter().map(|count| u128::from(*count) * u128::from(count.saturating_sub(1)) / 2).sum::<u128>()
            as f64
    };
    let total = rows.iter().sum::<u64>();
    let (together, in_rows, in_columns, all) =
        (pairs(contingency), pairs(rows), pairs(columns), pairs(&[total]));
    if all == 0.0 {
        return 1.0;
    }
    let expected = in_rows * in_columns / all;
    let most = 0.5 * (in_rows + in_columns);
    if most == expected { 1.0 } else { (together - expected) / (most - expected) }
}
