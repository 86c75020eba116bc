//! What the Gaussian posteriors q(z|x) = N(μ(x), σ²(x)) of a data set say about a VAE.

mod aggregated;
mod collapse;
mod decomposition;
mod kl;

use crate::table::Table;

pub use aggregated::{Aggregated, Histogram};
pub use collapse::Collapse;
pub use decomposition::KlSplit;
pub use kl::{ACTIVE_UNIT_THRESHOLD, Dimension};

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
    mean: Table<'a>,
    log_var: Table<'a>,
}

/// Why tables are not posteriors, or could not be measured.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PosteriorError {
    /// Tables of different shapes.
    #[error(
        "means of shape [{}, {}] and log variances of shape [{}, {}] are not of the same images",
        mean[0], mean[1], log_var[0], log_var[1]
    )]
    Shape {
        /// Rows and columns of the means.
        mean: [usize; 2],
        /// Rows and columns of the log variances.
        log_var: [usize; 2],
    },

    /// A variance that overflows or vanishes.
    #[error(
        "log variance of image {row}, dimension {column} (counted from 0) is {value}: must lie in -200 to 200"
    )]
    LogVariance {
        /// Which image.
        row: usize,
        /// Which dimension.
        column: usize,
        /// The value.
        value: f32,
    },

    /// An estimate from no samples.
    #[error("0 samples: at least 1 is needed")]
    NoSamples,

    /// A histogram without bins.
    #[error("0 bins: at least 1 is needed")]
    NoBins,
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
