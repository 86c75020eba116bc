//! Lloyd's iterations: every point to its nearest centre, every centre to the mean of its points.

use super::point_panels::PointPanels;
use crate::distance::squared_distance;
use crate::moments::sum_over_rows;
use crate::table::Table;

/// Where the iterations ended; see [`KMeans`](super::KMeans).
pub(super) struct Clustering {
    pub centres: Vec<f64>,
    pub clusters: Vec<u32>,
    pub inertia: f64,
    pub iterations: usize,
    pub converged: bool,
}

/// From `centres`, at most `most` times, until no point changes its cluster or the centres' summed squared movement
/// is at most `least`.
pub(super) fn lloyd(panels: &PointPanels<'_>, mut centres: Vec<f64>, most: usize, least: f64) -> Clustering {
    let points = panels.points;
    let columns = points.columns();
    let count = centres.len() / columns;
    let mut clusters = vec![0; points.rows()];
    panels.assign(&centres, &mut clusters);
    let mut next = clusters.clone();
    let (mut iterations, mut converged) = (0, false);
    while iterations < most && !converged {
        iterations += 1;
        let after = means(points, &mut clusters, &centres, count);
        let moved: f64 = after.iter().zip(&centres).map(|(new, old)| (new - old).powi(2)).sum();
        centres = after;
        panels.assign(&centres, &mut next);
        converged = moved <= least || next == clusters;
        std::mem::swap(&mut clusters, &mut next);
    }
    let inertia =
        sum_over_rows(points.rows(), 1, |row, sum| sum[0] += own_square(points, &clusters, &centres, row));
    Clustering { centres, inertia: inertia[0], clusters, iterations, converged }
}

/// Squared distance of a point to the centre of its cluster.
fn own_square(points: Table<'_>, clusters: &[u32], centres: &[f64], row: usize) -> f64 {
    let columns = points.columns();
    squared_distance(points.row(row), &centres[clusters[row] as usize * columns..][..columns])
}

/// Mean of each cluster; one without points first takes the point that is farthest from its centre.
fn means(points: Table<'_>, clusters: &mut [u32], centres: &[f64], count: usize) -> Vec<f64> {
    let columns = points.columns();
    let mut sizes = vec![0usize; count];
    clusters.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    if sizes.contains(&0) {
        let mut squares: Vec<f64> =
            (0..clusters.len()).map(|row| own_square(points, clusters, centres, row)).collect();
        for empty in 0..count {
            if sizes[empty] == 0 {
                let movable = (0..clusters.len()).filter(|row| sizes[clusters[*row] as usize] > 1);
                let farthest = movable.reduce(|a, b| if squares[b] > squares[a] { b } else { a });
                if let Some(row) = farthest {
                    sizes[clusters[row] as usize] -= 1;
                    sizes[empty] = 1;
                    (clusters[row], squares[row]) = (empty as u32, 0.0);
                }
            }
        }
    }
    let mut sums = sum_over_rows(points.rows(), count * columns, |row, sums| {
        let sums = &mut sums[clusters[row] as usize * columns..][..columns];
        sums.iter_mut().zip(points.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    for (sum, size) in sums.chunks_exact_mut(columns).zip(sizes) {
        sum.iter_mut().for_each(|value| *value /= size.max(1) as f64);
    }
    sums
}
