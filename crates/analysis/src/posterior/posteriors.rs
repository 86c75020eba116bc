//! The posteriors of a data set.

use super::error::PosteriorError;
use crate::table::Table;

/// Largest magnitude of a log variance: e^±200 and what is computed from it stay finite.
const LARGEST_LOG_VARIANCE: f32 = 200.0;

/// Posteriors of a number of images: means and log variances, both `[images, dims]`.
///
/// ```
/// use analysis::{Posterior, Table};
///
/// // Two images; dimension 0 tells them apart, dimension 1 is the prior for both.
/// let (mean, log_var) = ([2.0, 0.0, -2.0, 0.0], [-4.0, 0.0, -4.0, 0.0]);
/// let posterior = Posterior::new(Table::new(&mean, 2)?, Table::new(&log_var, 2)?)?;
/// let dimensions = posterior.dimensions();
/// assert!((dimensions[0].kl - 3.509).abs() < 1e-3 && dimensions[0].active);
/// assert!(dimensions[1].kl == 0.0 && !dimensions[1].active);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Posterior<'a> {
    pub(super) mean: Table<'a>,
    pub(super) log_var: Table<'a>,
}

impl<'a> Posterior<'a> {
    /// Posteriors of means and log variances (natural logarithm of σ²).
    ///
    /// # Errors
    /// [`PosteriorError::Shape`] where the shapes differ, [`PosteriorError::LogVariance`] outside ±200.
    pub fn new(mean: Table<'a>, log_var: Table<'a>) -> Result<Self, PosteriorError> {
        let shape = |table: Table<'_>| [table.rows(), table.columns()];
        if shape(mean) != shape(log_var) {
            return Err(PosteriorError::Shape { mean: shape(mean), log_var: shape(log_var) });
        }
        match log_var.values().iter().position(|value| value.abs() > LARGEST_LOG_VARIANCE) {
            None => Ok(Self { mean, log_var }),
            Some(at) => Err(PosteriorError::LogVariance {
                row: at / log_var.columns(),
                column: at % log_var.columns(),
                value: log_var.values()[at],
            }),
        }
    }

    /// Number of images; at least 1.
    pub fn images(&self) -> usize {
        self.mean.rows()
    }

    /// Latent dimensions; at least 1.
    pub fn dims(&self) -> usize {
        self.mean.columns()
    }

    /// μ, `[images, dims]`.
    pub fn mean(&self) -> Table<'a> {
        self.mean
    }

    /// log σ², `[images, dims]`.
    pub fn log_var(&self) -> Table<'a> {
        self.log_var
    }
}
