//! Why tables are not posteriors, or could not be measured.

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
