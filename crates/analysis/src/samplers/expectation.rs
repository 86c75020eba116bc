//! Fitting a mixture: expectation and maximisation.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::error::SamplerError;
use super::mixture::{CHUNK, Mixture};
use crate::clusters::{ClusterError, KMeans, KMeansSettings};
use crate::table::Table;

/// How a mixture is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixtureSettings {
    /// Components; 1 for a single Gaussian.
    pub components: usize,
    /// Ends when the mean log density rises by less than this in an iteration, in nats.
    pub tolerance: f64,
    /// Most iterations; at least 1.
    pub iterations: usize,
    /// Added to the covariances' diagonals, so that clusters on a line or a point have a density; at least 0.
    pub regularisation: f64,
    /// Seed of the k-means that gives the first components.
    pub seed: u64,
}

impl MixtureSettings {
    /// scikit-learn's defaults: tolerance 1e-3, at most 100 iterations, regularisation 1e-6.
    pub fn new(components: usize, seed: u64) -> Self {
        Self { components, tolerance: 1e-3, iterations: 100, regularisation: 1e-6, seed }
    }
}

impl Mixture {
    /// Fits a mixture to `points` by expectation–maximisation (Dempster, Laird & Rubin 1977) from the clusters of
    /// k-means. With one component, the Gaussian of the points' mean and covariance (divided by n).
    ///
    /// # Errors
    /// [`SamplerError::Clusters`] for settings out of range or more components than points,
    /// [`SamplerError::Component`] where a covariance is singular in spite of the regularisation.
    ///
    /// ```
    /// use analysis::{Mixture, MixtureSettings, Table};
    ///
    /// let codes = [-5.1, -5.0, -4.9, 4.8, 5.0, 5.2];
    /// let mixture = Mixture::fit(Table::new(&codes, 1)?, MixtureSettings::new(2, 0))?;
    /// assert!((mixture.mean(0)[0].abs() - 5.0).abs() < 1e-6 && (mixture.weights()[0] - 0.5).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(points: Table<'_>, settings: MixtureSettings) -> Result<Self, SamplerError> {
        check(&settings)?;
        // One start, as in scikit-learn: the iterations move on from there anyway.
        let start = KMeansSettings { starts: 1, ..KMeansSettings::new(settings.components, settings.seed) };
        let clusters = KMeans::fit(points, start)?.clusters;
        let components = settings.components;
        let certain = |first: usize, rows: usize| {
            let mut shares = vec![0.0; rows * components];
            for (shares, cluster) in shares.chunks_exact_mut(components).zip(&clusters[first..first + rows]) {
                shares[*cluster as usize] = 1.0;
            }
            (shares, 0.0)
        };
        let (first, _) = maximise(points, components, settings.regularisation, certain)?;
        first.improve(points, settings)
    }

    /// Fits further from this mixture; `components` and `seed` of the settings are not read.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`SamplerError::Columns`].
    pub fn improve(self, points: Table<'_>, settings: MixtureSettings) -> Result<Self, SamplerError> {
        check(&settings)?;
        self.check_columns(points)?;
        let mut mixture = self;
        let mut before = f64::NEG_INFINITY;
        for _ in 0..settings.iterations {
            let dims = mixture.dims();
            let shares = |first: usize, rows: usize| {
                let (shares, densities) =
                    mixture.responsibilities(&points.values()[first * dims..(first + rows) * dims]);
                (shares, densities.iter().sum())
            };
            let (next, sum) = maximise(points, mixture.weights().len(), settings.regularisation, shares)?;
            mixture = next;
            let mean = sum / points.rows() as f64;
            if (mean - before).abs() < settings.tolerance {
                break;
            }
            before = mean;
        }
        Ok(mixture)
    }
}

fn check(settings: &MixtureSettings) -> Result<(), SamplerError> {
    let out_of_range = |name, value, allowed| Err(ClusterError::Setting { name, value, allowed }.into());
    if settings.iterations == 0 {
        return out_of_range("iterations", 0.0, "at least 1");
    }
    for (name, value) in [("tolerance", settings.tolerance), ("regularisation", settings.regularisation)] {
        if !(value >= 0.0 && value.is_finite()) {
            return out_of_range(name, value, "at least 0");
        }
    }
    Ok(())
}

/// The mixture that maximises the likelihood given the components' shares in rows `first..first + rows`
/// (`[rows, components]`), and the sum of what `shares` gives besides.
fn maximise(
    points: Table<'_>,
    components: usize,
    regularisation: f64,
    shares: impl Fn(usize, usize) -> (Vec<f64>, f64) + Sync,
) -> Result<(Mixture, f64), SamplerError> {
    let (rows, dims) = (points.rows(), points.columns());
    let chunks = rows.div_ceil(CHUNK);
    let ranges: Vec<(usize, usize)> =
        (0..chunks).map(|chunk| (chunk * CHUNK, CHUNK.min(rows - chunk * CHUNK))).collect();
    let found: Vec<(Vec<f64>, f64)> =
        ranges.par_iter().map(|(first, count)| shares(*first, *count)).collect();
    let total: f64 = found.iter().map(|(_, sum)| sum).sum();

    let sums = in_order(&ranges, components * (dims + 1), |chunk, sums| {
        let (first, count) = ranges[chunk];
        let (counts, means) = sums.split_at_mut(components);
        for (row, shares) in (first..first + count).zip(found[chunk].0.chunks_exact(components)) {
            for (component, share) in shares.iter().enumerate() {
                counts[component] += share;
                let mean = &mut means[component * dims..][..dims];
                mean.iter_mut().zip(points.row(row)).for_each(|(m, x)| *m += share * f64::from(*x));
            }
        }
    });
    // As in scikit-learn: keeps a component that lost all its points from dividing by zero.
    let counts: Vec<f64> = sums[..components].iter().map(|count| count + 10.0 * f64::EPSILON).collect();
    let mut means = sums[components..].to_vec();
    for (mean, count) in means.chunks_exact_mut(dims).zip(&counts) {
        mean.iter_mut().for_each(|value| *value /= count);
    }

    let mut covariances = in_order(&ranges, components * dims * dims, |chunk, sums| {
        let (first, count) = ranges[chunk];
        let (mut weighted, mut centred) = (vec![0.0; count * dims], vec![0.0; count * dims]);
        for component in 0..components {
            for (i, row) in (first..first + count).enumerate() {
                let share = found[chunk].0[i * components + component];
                for j in 0..dims {
                    let off = f64::from(points.row(row)[j]) - means[component * dims + j];
                    centred[i * dims + j] = off;
                    weighted[i * dims + j] = share * off;
                }
            }
            let sum = &mut sums[component * dims * dims..][..dims * dims];
            matmul(
                MatMut::from_row_major_slice_mut(sum, dims, dims),
                Accum::Add,
                MatRef::from_row_major_slice(&weighted, count, dims).transpose(),
                MatRef::from_row_major_slice(&centred, count, dims),
                1.0,
                Par::Seq,
            );
        }
    });
    for (covariance, count) in covariances.chunks_exact_mut(dims * dims).zip(&counts) {
        covariance.iter_mut().for_each(|value| *value /= count);
        covariance.iter_mut().step_by(dims + 1).for_each(|diagonal| *diagonal += regularisation);
    }
    let all: f64 = counts.iter().sum();
    let weights = counts.iter().map(|count| count / all).collect();
    Ok((Mixture::new(dims, weights, means, covariances)?, total))
}

/// Σ over chunks of what `add` adds, in order; at most 16 partial sums, for memory.
fn in_order(ranges: &[(usize, usize)], length: usize, add: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
    let tasks = ranges.len().min(16);
    let parts: Vec<Vec<f64>> = (0..tasks)
        .into_par_iter()
        .map(|task| {
            let mut sums = vec![0.0; length];
            let chunks = (task * ranges.len() / tasks)..((task + 1) * ranges.len() / tasks);
            chunks.for_each(|chunk| add(chunk, &mut sums));
            sums
        })
        .collect();
    let mut total = vec![0.0; length];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
    }
    total
}
