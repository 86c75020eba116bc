//! Nearest-centroid classifier.

use super::accuracy::accuracy;
use super::error::{ClusterError, same_columns};
use crate::distance::Centres;
use crate::labelled_points::{LabelledPoints, positions};
use crate::moments::sum_over_rows;
use crate::table::Table;

/// Assigns a point to the class whose mean is nearest (Euclidean), the smaller label where equal.
///
/// Equals scikit-learn's `NearestCentroid`.
///
/// ```
/// use analysis::{LabelledPoints, NearestCentroid, Table};
///
/// let train = LabelledPoints::new(Table::new(&[0.0, 1.0, 8.0, 9.0], 1)?, &[0, 0, 1, 1])?;
/// let test = LabelledPoints::new(Table::new(&[2.0, 6.0], 1)?, &[0, 0])?;
/// assert_eq!(NearestCentroid::fit(train).accuracy(test)?, 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NearestCentroid {
    classes: Vec<u32>,
    columns: usize,
    centroids: Vec<f64>,
}

impl NearestCentroid {
    /// The mean of each class.
    pub fn fit(train: LabelledPoints<'_>) -> Self {
        let classes = train.classes();
        let class_of = positions(train.labels(), &classes);
        let (centroids, _) = class_means(train.table(), &class_of, classes.len());
        Self { classes, columns: train.table().columns(), centroids }
    }

    /// The class of each row of `points`.
    ///
    /// # Errors
    /// [`ClusterError::Columns`] where `points` has other columns than the fitted table.
    pub fn predict(&self, points: Table<'_>) -> Result<Vec<u32>, ClusterError> {
        same_columns(points.columns(), self.columns)?;
        let nearest = Centres::new(&self.centroids, self.columns).nearest(points);
        Ok(nearest.into_iter().map(|(class, _)| self.classes[class as usize]).collect())
    }

    /// Share of `test` that is classified rightly, in [0, 1]; higher is better.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn accuracy(&self, test: LabelledPoints<'_>) -> Result<f64, ClusterError> {
        Ok(accuracy(&self.predict(test.table())?, test.labels()))
    }
}

/// Mean of each class, `[classes, columns]`, and its number of points.
pub(super) fn class_means(table: Table<'_>, class_of: &[usize], classes: usize) -> (Vec<f64>, Vec<usize>) {
    let columns = table.columns();
    let mut means = sum_over_rows(table.rows(), classes * columns, |row, sums| {
        let sums = &mut sums[class_of[row] * columns..][..columns];
        sums.iter_mut().zip(table.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    let mut counts = vec![0; classes];
    class_of.iter().for_each(|class| counts[*class] += 1);
    for (mean, count) in means.chunks_exact_mut(columns).zip(&counts) {
        mean.iter_mut().for_each(|value| *value /= (*count).max(1) as f64);
    }
    (means, counts)
}
