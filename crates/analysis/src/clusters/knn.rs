//! k-nearest-neighbour classifier.

use super::accuracy::accuracy;
use super::error::{ClusterError, same_columns};
use crate::labelled_points::LabelledPoints;
use crate::neighbours::nearest_points::nearest;
use crate::table::Table;

/// The most frequent class among the `k` nearest points of `train` (Euclidean, exact), for each row of `points`; the
/// smaller label where two are as frequent.
///
/// Equals scikit-learn's `KNeighborsClassifier` where no two points are at the same distance.
///
/// # Errors
/// [`ClusterError::Columns`] for points of another width, [`ClusterError::Neighbours`] unless 1 ≤ k ≤ rows of
/// `train`.
pub fn knn_classes(train: LabelledPoints<'_>, points: Table<'_>, k: usize) -> Result<Vec<u32>, ClusterError> {
    same_columns(points.columns(), train.table().columns())?;
    let found = nearest(points, train.table(), k)?;
    let mut labels = Vec::with_capacity(k);
    Ok((0..points.rows())
        .map(|row| {
            labels.clear();
            labels.extend(found.indices(row).iter().map(|index| train.labels()[*index as usize]));
            labels.sort_unstable();
            let runs = labels.chunk_by(|a, b| a == b);
            // The first of the longest runs: labels ascend.
            runs.reduce(|best, run| if run.len() > best.len() { run } else { best }).map_or(0, |run| run[0])
        })
        .collect())
}

/// Share of `test` that [`knn_classes`] classifies rightly, in [0, 1]; higher is better.
///
/// # Errors
/// As [`knn_classes`].
///
/// ```
/// use analysis::{LabelledPoints, Table, knn_accuracy};
///
/// let train = LabelledPoints::new(Table::new(&[0.0, 1.0, 2.0, 9.0], 1)?, &[0, 0, 1, 1])?;
/// let test = LabelledPoints::new(Table::new(&[0.2, 8.0], 1)?, &[0, 1])?;
/// assert_eq!(knn_accuracy(train, test, 3)?, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn knn_accuracy(
    train: LabelledPoints<'_>,
    test: LabelledPoints<'_>,
    k: usize,
) -> Result<f64, ClusterError> {
    Ok(accuracy(&knn_classes(train, test.table(), k)?, test.labels()))
}
