//! KL divergence and activity of each latent dimension.

use super::posteriors::Posterior;
use crate::moments::{column_means, column_variances, sum_over_rows};

/// A dimension is active where the variance of its posterior mean over images exceeds this (Burda et al. 2016).
pub const ACTIVE_UNIT_THRESHOLD: f64 = 0.01;

/// What one latent dimension carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dimension {
    /// KL(q(z_j|x) ‖ N(0, 1)) in nats, mean over images; ≥ 0, 0 where the posterior is the prior.
    pub kl: f64,
    /// Var_x(μ_j(x)), over images (divided by their number).
    pub variance_of_mean: f64,
    /// Mean over images of σ²_j(x).
    pub mean_variance: f64,
    /// Whether `variance_of_mean` exceeds [`ACTIVE_UNIT_THRESHOLD`].
    pub active: bool,
}

impl Dimension {
    /// Whether the dimension tells images apart: its means vary by more than a hundredth of the posterior's own
    /// variance. Where that variance is far below the prior's, a dimension may tell all images apart and not be
    /// `active`, which presumes a posterior about as wide as the prior.
    pub fn tells_apart(&self) -> bool {
        self.variance_of_mean > ACTIVE_UNIT_THRESHOLD * self.mean_variance
    }
}

impl Posterior<'_> {
    /// KL and activity of each dimension, in order.
    ///
    /// The KL of one image, ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²) (Kingma & Welling 2014), is a sum over
    /// dimensions, so these add up to the KL of the ELBO. Active units: Burda, Grosse & Salakhutdinov,
    /// *Importance weighted autoencoders*, ICLR 2016, §5.2.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let (images, dims) = (self.images() as f64, self.dims());
        let sums = sum_over_rows(self.images(), 2 * dims, |row, sums| {
            for (j, (mean, log_var)) in self.mean.row(row).iter().zip(self.log_var.row(row)).enumerate() {
                let (mean, log_var) = (f64::from(*mean), f64::from(*log_var));
                // expm1: near the prior, σ² − 1 and log σ² nearly cancel.
                sums[j] += 0.5 * (mean * mean + log_var.exp_m1() - log_var);
                sums[dims + j] += log_var.exp();
            }
        });
        let variances = column_variances(self.mean, &column_means(self.mean));
        (0..dims)
            .map(|j| Dimension {
                kl: sums[j] / images,
                variance_of_mean: variances[j],
                mean_variance: sums[dims + j] / images,
                active: variances[j] > ACTIVE_UNIT_THRESHOLD,
            })
            .collect()
    }
}
