//! Indices of how well classes separate: Davies–Bouldin and Calinski–Harabasz.

use super::centroid::class_means;
use super::error::ClusterError;
use crate::distance::squared_distance;
use crate::labelled_points::{LabelledPoints, positions};
use crate::moments::{column_means, sum_over_rows};

/// Classes with their means, and the points' mean (squared) distances to them.
struct Spread {
    means: Vec<f64>,
    counts: Vec<usize>,
    /// Σ over the class of the distance to its mean.
    distances: Vec<f64>,
    /// Σ over the class of the squared distance to its mean.
    squares: Vec<f64>,
}

fn spread(points: LabelledPoints<'_>) -> Result<Spread, ClusterError> {
    let (table, classes) = (points.table(), points.classes());
    let count = classes.len();
    if count < 2 || count >= table.rows() {
        return Err(ClusterError::Classes { classes: count, rows: table.rows() });
    }
    let class_of = positions(points.labels(), &classes);
    let (means, counts) = class_means(table, &class_of, count);
    let columns = table.columns();
    let mut distances = sum_over_rows(table.rows(), 2 * count, |row, sums| {
        let class = class_of[row];
        let square = squared_distance(table.row(row), &means[class * columns..][..columns]);
        sums[class] += square.sqrt();
        sums[count + class] += square;
    });
    let squares = distances.split_off(count);
    Ok(Spread { means, counts, distances, squares })
}

/// Mean over classes of the worst (s_i + s_j) / d_ij with any other class; s is the mean distance of a class's
/// points to their mean, d the distance of two means. ≥ 0, lower is better.
///
/// Davies & Bouldin, *A cluster separation measure*, 1979; equals scikit-learn's `davies_bouldin_score`, except
/// that it is infinite where two classes have the same mean (scikit-learn leaves such pairs out).
///
/// # Errors
/// [`ClusterError::Classes`] for fewer than two classes, or as many as points.
///
/// ```
/// use analysis::{LabelledPoints, Table, davies_bouldin};
///
/// let points = LabelledPoints::new(Table::new(&[0.0, 2.0, 9.0, 11.0], 1)?, &[0, 0, 1, 1])?;
/// assert_eq!(davies_bouldin(points)?, (1.0 + 1.0) / 9.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn davies_bouldin(points: LabelledPoints<'_>) -> Result<f64, ClusterError> {
    let Spread { means, counts, distances, .. } = spread(points)?;
    let mean_of = |class: usize| &means[class * points.table().columns()..][..points.table().columns()];
    let within: Vec<f64> = distances.iter().zip(&counts).map(|(sum, count)| sum / *count as f64).collect();
    let worst = |i: usize| {
        let others = (0..counts.len()).filter(|j| *j != i);
        let ratios = others.map(|j| {
            let squares = mean_of(i).iter().zip(mean_of(j)).map(|(a, b)| (a - b).powi(2));
            let between = squares.sum::<f64>().sqrt();
            if between > 0.0 { (within[i] + within[j]) / between } else { f64::INFINITY }
        });
        ratios.fold(0.0, f64::max)
    };
    Ok((0..counts.len()).map(worst).sum::<f64>() / counts.len() as f64)
}

/// Variance between classes over variance within: (B / (k − 1)) / (W / (n − k)), with B the summed squared
/// distance of each point's class mean to the mean of all, W that of each point to its class mean. ≥ 0, higher
/// is better.
///
/// Caliński & Harabasz, *A dendrite method for cluster analysis*, 1974; equals scikit-learn's
/// `calinski_harabasz_score`, except that it is infinite where all points lie on their class mean (1 there).
/// NaN where, besides, all means are equal.
///
/// # Errors
/// [`ClusterError::Classes`] for fewer than two classes, or as many as points.
///
/// ```
/// use analysis::{LabelledPoints, Table, calinski_harabasz};
///
/// let points = LabelledPoints::new(Table::new(&[0.0, 2.0, 9.0, 11.0], 1)?, &[0, 0, 1, 1])?;
/// assert_eq!(calinski_harabasz(points)?, (4.0 * 4.5 * 4.5 / 1.0) / (4.0 / 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn calinski_harabasz(points: LabelledPoints<'_>) -> Result<f64, ClusterError> {
    let Spread { means, counts, squares, .. } = spread(points)?;
    let table = points.table();
    let centre = column_means(table);
    let between: f64 = means
        .chunks_exact(table.columns())
        .zip(&counts)
        .map(|(mean, count)| {
            let squares = mean.iter().zip(&centre).map(|(a, b)| (a - b).powi(2));
            *count as f64 * squares.sum::<f64>()
        })
        .sum();
    let within: f64 = squares.iter().sum();
    let (rows, classes) = (table.rows() as f64, counts.len() as f64);
    Ok((between / (classes - 1.0)) / (within / (rows - classes)))
}
