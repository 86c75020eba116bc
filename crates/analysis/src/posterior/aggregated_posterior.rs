//! The aggregated posterior q(z) = 1/N Σ_n q(z|x_n) beside the prior N(0, I).

use rayon::prelude::*;

use super::error::PosteriorError;
use super::posteriors::Posterior;
use crate::moments::{column_means, column_variances, scatter, sum_over_rows};

/// Mean and covariance of the aggregated posterior. Those of the prior are 0 and I.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregatedPosterior {
    /// Mean of z under q(z), `[dims]`.
    pub mean: Vec<f64>,
    /// Covariance of z under q(z), `[dims, dims]`: covariance of the means plus the mean variances on the diagonal.
    pub covariance: Vec<f64>,
}

/// One dimension's aggregated posterior and the prior as probabilities of the same bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Bin edges, ascending, one more than bins. They span −4 to 4, and 4 standard deviations of the
    /// aggregated posterior.
    pub edges: Vec<f64>,
    /// q(z_j in bin), exact: each image's Gaussian integrated over the bin. What the edges leave out is missing
    /// from the sum.
    pub aggregated: Vec<f64>,
    /// Probability of the bin under N(0, 1).
    pub prior: Vec<f64>,
}

impl Posterior<'_> {
    /// Mean and covariance of the aggregated posterior (moments of a mixture, divided by the images).
    pub fn aggregated(&self) -> AggregatedPosterior {
        let (images, dims) = (self.images() as f64, self.dims());
        let mean = column_means(self.mean);
        let variances = self.mean_variances();
        let scatter = scatter(self.mean, &mean);
        let covariance = (0..dims * dims).map(|at| {
            let (i, j) = (at / dims, at % dims);
            scatter[(i, j)] / images + if i == j { variances[i] } else { 0.0 }
        });
        AggregatedPosterior { covariance: covariance.collect(), mean }
    }

    /// A histogram of each dimension of the aggregated posterior, with `bins` bins of equal width, and the
    /// prior's beside it.
    ///
    /// # Errors
    /// [`PosteriorError::NoBins`].
    pub fn histograms(&self, bins: usize) -> Result<Vec<Histogram>, PosteriorError> {
        if bins == 0 {
            return Err(PosteriorError::NoBins);
        }
        let (mean, variance) = self.marginals();
        Ok((0..self.dims())
            .into_par_iter()
            .map(|j| self.histogram(j, bins, mean[j], variance[j].sqrt()))
            .collect())
    }

    /// Mean and variance of each dimension of the aggregated posterior, both `[dims]`: what
    /// [`aggregated`](Self::aggregated) has in its mean and on its diagonal, without the square of the dimensions.
    pub fn marginals(&self) -> (Vec<f64>, Vec<f64>) {
        let mean = column_means(self.mean);
        let spread = column_variances(self.mean, &mean);
        let variance = spread.iter().zip(self.mean_variances()).map(|(spread, own)| spread + own);
        (mean, variance.collect())
    }

    /// Nats from the prior to the aggregated posterior as its moments tell: the sum over dimensions of
    /// KL(N(m, s²) ‖ N(0, 1)) = ½ (s² + m² − 1 − ln s²), with the mean m and the variance s² of
    /// [`marginals`](Self::marginals). It needs no estimate that many images would saturate.
    pub fn moments_kl(&self) -> f64 {
        let (means, variances) = self.marginals();
        let each = |(mean, variance): (&f64, &f64)| 0.5 * (variance + mean * mean - 1.0 - variance.ln());
        means.iter().zip(&variances).map(each).sum()
    }

    fn histogram(&self, j: usize, bins: usize, mean: f64, deviation: f64) -> Histogram {
        let (low, high) = ((mean - 4.0 * deviation).min(-4.0), (mean + 4.0 * deviation).max(4.0));
        let edges: Vec<f64> = (0..=bins).map(|i| low + (high - low) * i as f64 / bins as f64).collect();
        let images = self.images() as f64;
        let cumulative = sum_over_rows(self.images(), edges.len(), |row, sums| {
            let mean = f64::from(self.mean.row(row)[j]);
            let precision = (-0.5 * f64::from(self.log_var.row(row)[j])).exp();
            for (sum, edge) in sums.iter_mut().zip(&edges) {
                *sum += normal_cumulative((edge - mean) * precision);
            }
        });
        Histogram {
            aggregated: cumulative.windows(2).map(|pair| (pair[1] - pair[0]) / images).collect(),
            prior: edges
                .windows(2)
                .map(|pair| normal_cumulative(pair[1]) - normal_cumulative(pair[0]))
                .collect(),
            edges,
        }
    }

    /// Each dimension's variance in a posterior, averaged over the images.
    pub fn mean_variances(&self) -> Vec<f64> {
        let mut sums = sum_over_rows(self.images(), self.dims(), |row, sums| {
            for (sum, log_var) in sums.iter_mut().zip(self.log_var.row(row)) {
                *sum += f64::from(*log_var).exp();
            }
        });
        sums.iter_mut().for_each(|sum| *sum /= self.images() as f64);
        sums
    }
}

/// Φ(x), the distribution function of N(0, 1).
fn normal_cumulative(x: f64) -> f64 {
    if x.abs() > 40.0 {
        // Also where (edge − mean) / σ overflowed.
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}
