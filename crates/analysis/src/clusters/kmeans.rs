//! k-means.

use random::Stream;

use super::error::{ClusterError, same_columns};
use super::lloyd::{Clustering, lloyd};
use super::point_panels::PointPanels;
use super::seeding::first_centres;
use crate::distance::Centres;
use crate::moments::{column_means, column_variances};
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
        let panels = PointPanels::new(points);
        let run = |start: usize| {
            let centres = first_centres(&panels, clusters, stream.cursor(start as u64, 0));
            lloyd(&panels, centres, iterations, least)
        };
        let first = run(0);
        // The earlier start where two are equally good.
        let best = (1..starts).map(run).fold(
            first,
            |best, other| {
                if other.inertia < best.inertia { other } else { best }
            },
        );
        Ok(Self::of(best, points.columns()))
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
            None => {
                let panels = PointPanels::new(points);
                Ok(Self::of(lloyd(&panels, centres, iterations, 0.0), points.columns()))
            }
        }
    }

    fn of(clustering: Clustering, columns: usize) -> Self {
        let Clustering { centres, clusters, inertia, iterations, converged } = clustering;
        Self { columns, centres, clusters, inertia, iterations, converged }
    }

    /// The cluster of each row of `points`.
    ///
    /// # Errors
    /// [`ClusterError::Columns`] where `points` has other columns than the fitted table.
    pub fn predict(&self, points: Table<'_>) -> Result<Vec<u32>, ClusterError> {
        same_columns(points.columns(), self.columns)?;
        Ok(Centres::new(&self.centres, self.columns)
            .nearest(points)
            .into_iter()
            .map(|(cluster, _)| cluster)
            .collect())
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
