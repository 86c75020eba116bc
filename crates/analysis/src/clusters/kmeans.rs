//! k-means.

use random::{Cursor, Stream};
use rayon::prelude::*;

use super::{ClusterError, same_columns};
use crate::distance::{Centres, squared_distance};
use crate::moments::{column_means, column_variances, sum_over_rows};
use crate::table::Table;

/// How k-means is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KMeansSettings {
    /// Clusters; at least 1.
    pub clusters: usize,
    /// Runs from different first centres, of which the best is kept; at least 1.
    pub starts: usize,
    /// Most iterations of a run; at least 1.
    pub iterations: usize,
    /// A run ends where the centres' summed squared movement is at most this share of the columns' mean variance;
    /// 0 to go on until no point changes its cluster, which takes hundreds of iterations where there are none.
    pub tolerance: f64,
    /// Seed of the first centres.
    pub seed: u64,
}

impl KMeansSettings {
    /// `clusters` clusters, the best of 10 starts, and scikit-learn's defaults for a start: at most 300 iterations,
    /// tolerance 1e-4.
    pub fn new(clusters: usize, seed: u64) -> Self {
        Self { clusters, starts: 10, iterations: 300, tolerance: 1e-4, seed }
    }
}

/// Centres of clusters and what belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeans {
    columns: usize,
    /// Centres, `[clusters, columns]`.
    pub centres: Vec<f64>,
    /// Cluster of each point: the nearest centre, the first where equal.
    pub clusters: Vec<u32>,
    /// Σ over points of the squared distance to their centre; lower is better.
    pub inertia: f64,
    /// Iterations of the best start.
    pub iterations: usize,
    /// Whether the best start ended before its iterations did.
    pub converged: bool,
}

impl KMeans {
    /// Clusters `points` by Lloyd's iterations from k-means++ centres (Arthur & Vassilvitskii 2007; each centre the
    /// best of 2 + ln k candidates, as in scikit-learn). A cluster that loses all its points takes the point
    /// farthest from its centre.
    ///
    /// A pure function of points and settings.
    ///
    /// # Errors
    /// [`ClusterError::Clusters`] for 0 clusters or more than points, [`ClusterError::Setting`] for 0 starts or
    /// iterations, or a tolerance below 0.
    ///
    /// ```
    /// use analysis::{KMeans, KMeansSettings, Table};
    ///
    /// let points = Table::new(&[0.0, 1.0, 9.0, 10.0], 1)?;
    /// let found = KMeans::fit(points, KMeansSettings::new(2, 0))?;
    /// assert_eq!(found.inertia, 1.0);
    /// assert_eq!(found.clusters[0], found.clusters[1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(points: Table<'_>, settings: KMeansSettings) -> Result<Self, ClusterError> {
        let KMeansSettings { clusters, starts, iterations, tolerance, seed } = settings;
        check_count(clusters, points)?;
        at_least_one("starts", starts)?;
        at_least_one("iterations", iterations)?;
        if !(tolerance >= 0.0 && tolerance.is_finite()) {
            return Err(ClusterError::Setting { name: "tolerance", value: tolerance, allowed: "at least 0" });
        }
        let variances = column_variances(points, &column_means(points));
        let least = tolerance * variances.iter().sum::<f64>() / points.columns() as f64;
        let stream = Stream::new(seed, "k-means++");
        let run = |start: usize| {
            let centres = first_centres(points, clusters, stream.cursor(start as u64, 0));
            lloyd(points, centres, iterations, least)
        };
        let first = run(0);
        // The earlier start where two are equally good.
        Ok((1..starts).map(run).fold(
            first,
            |best, found| {
                if found.inertia < best.inertia { found } else { best }
            },
        ))
    }

    /// Lloyd's iterations from these `centres`, `[clusters, columns]`, until no point changes its cluster.
    ///
    /// # Errors
    /// [`ClusterError::Clusters`] for no centres or more than points, [`ClusterError::Columns`] for values that are
    /// not rows of the points' columns, [`ClusterError::Setting`] for a value that is not finite or 0 iterations.
    pub fn fit_from(points: Table<'_>, centres: Vec<f64>, iterations: usize) -> Result<Self, ClusterError> {
        if !centres.len().is_multiple_of(points.columns()) {
            return Err(ClusterError::Columns { found: centres.len(), fitted: points.columns() });
        }
        check_count(centres.len() / points.columns(), points)?;
        at_least_one("iterations", iterations)?;
        match centres.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(ClusterError::Setting {
                name: "a value of a first centre",
                value: *value,
                allowed: "a finite number",
            }),
            None => Ok(lloyd(points, centres, iterations, 0.0)),
        }
    }

    /// The cluster of each row of `points`.
    ///
    /// # Errors
    /// [`ClusterError::Columns`] where `points` has other columns than the fitted table.
    pub fn predict(&self, points: Table<'_>) -> Result<Vec<u32>, ClusterError> {
        same_columns(points.columns(), self.columns)?;
        Ok(assign(points, &self.centres).into_iter().map(|(cluster, _)| cluster).collect())
    }
}

fn check_count(clusters: usize, points: Table<'_>) -> Result<(), ClusterError> {
    if clusters == 0 || clusters > points.rows() || u32::try_from(clusters).is_err() {
        return Err(ClusterError::Clusters { clusters, rows: points.rows() });
    }
    Ok(())
}

fn at_least_one(name: &'static str, value: usize) -> Result<(), ClusterError> {
    if value == 0 {
        return Err(ClusterError::Setting { name, value: 0.0, allowed: "at least 1" });
    }
    Ok(())
}

fn assign(points: Table<'_>, centres: &[f64]) -> Vec<(u32, f64)> {
    Centres::new(centres, points.columns()).nearest(points)
}

fn lloyd(points: Table<'_>, mut centres: Vec<f64>, most: usize, least: f64) -> KMeans {
    let columns = points.columns();
    let count = centres.len() / columns;
    let mut assigned = assign(points, &centres);
    let (mut iterations, mut converged) = (0, false);
    while iterations < most && !converged {
        iterations += 1;
        let before = std::mem::replace(&mut centres, means(points, &mut assigned, count));
        let moved: f64 = centres.iter().zip(&before).map(|(new, old)| (new - old).powi(2)).sum();
        let next = assign(points, &centres);
        converged = moved <= least || next.iter().zip(&assigned).all(|(new, old)| new.0 == old.0);
        assigned = next;
    }
    KMeans {
        columns,
        centres,
        inertia: assigned.iter().map(|(_, distance)| distance).sum(),
        clusters: assigned.into_iter().map(|(cluster, _)| cluster).collect(),
        iterations,
        converged,
    }
}

/// Mean of each cluster; one without points first takes the point that is farthest from its centre.
fn means(points: Table<'_>, assigned: &mut [(u32, f64)], count: usize) -> Vec<f64> {
    let columns = points.columns();
    let mut sizes = vec![0usize; count];
    assigned.iter().for_each(|(cluster, _)| sizes[*cluster as usize] += 1);
    for empty in 0..count {
        if sizes[empty] == 0 {
            let movable = (0..assigned.len()).filter(|row| sizes[assigned[*row].0 as usize] > 1);
            let farthest = movable.reduce(|a, b| if assigned[b].1 > assigned[a].1 { b } else { a });
            if let Some(row) = farthest {
                sizes[assigned[row].0 as usize] -= 1;
                sizes[empty] = 1;
                assigned[row] = (empty as u32, 0.0);
            }
        }
    }
    let mut sums = sum_over_rows(points.rows(), count * columns, |row, sums| {
        let sums = &mut sums[assigned[row].0 as usize * columns..][..columns];
        sums.iter_mut().zip(points.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    for (sum, size) in sums.chunks_exact_mut(columns).zip(sizes) {
        sum.iter_mut().for_each(|value| *value /= size.max(1) as f64);
    }
    sums
}

/// k-means++: each next centre is a point drawn with probability proportional to its squared distance to the
/// centres so far; of a few candidates the one that lowers the sum of these distances most.
fn first_centres(points: Table<'_>, count: usize, mut cursor: Cursor) -> Vec<f64> {
    let rows = points.rows();
    let centre = |row: usize| points.row(row).iter().map(|value| f64::from(*value));
    let arch = pulp::Arch::new();
    let distances = |row: usize, so_far: &[f64]| -> Vec<f64> {
        let centre: Vec<f64> = centre(row).collect();
        let distance =
            |other: usize| so_far[other].min(arch.dispatch(|| squared_distance(points.row(other), &centre)));
        (0..rows).into_par_iter().with_min_len(256).map(distance).collect()
    };
    let first = cursor.below(rows as u32) as usize;
    let mut centres: Vec<f64> = centre(first).collect();
    let mut nearest = distances(first, &vec![f64::INFINITY; rows]);
    let candidates = 2 + (count as f64).ln() as usize;
    for _ in 1..count {
        let total: f64 = nearest.iter().sum();
        let best = (0..candidates)
            .map(|_| {
                // 48 random bits: 24 would leave out points among many millions.
                let share =
                    (f64::from(cursor.uniform()) + f64::from(cursor.uniform()) / 16_777_216.0) * total;
                let row = pick(&nearest, share);
                let after = distances(row, &nearest);
                (row, after.iter().sum::<f64>(), after)
            })
            .reduce(|best, next| if next.1 < best.1 { next } else { best });
        if let Some((row, _, after)) = best {
            centres.extend(centre(row));
            nearest = after;
        }
    }
    centres
}

/// The first row at which the running sum of `weights` exceeds `share`; the last one that weighs anything where
/// rounding leaves none, and row 0 where all weigh nothing (all points are centres already).
fn pick(weights: &[f64], share: f64) -> usize {
    let mut sum = 0.0;
    let mut last = 0;
    for (row, weight) in weights.iter().enumerate() {
        if *weight > 0.0 {
            sum += weight;
            last = row;
            if sum > share {
                break;
            }
        }
    }
    last
}
