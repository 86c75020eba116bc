//! Whether a pixel loss is a likelihood, and of what.

use std::fmt;

/// The loss of one output value against its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelLoss {
    /// Binary cross-entropy.
    Bce,
    /// (y − t)²
    SquaredError,
    /// −ln N(t; y, σ²), constants included.
    Gaussian,
    /// Another distance of two values, named.
    Distance(&'static str),
}

/// What the negative loss is the logarithm of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelDensity {
    /// The probability of binary pixels: log p(x) ≤ 0, comparable between models of the same binarised images.
    Bernoulli,
    /// A density of grey pixels with respect to the pixel range [0, 1]; log p(x) may be above 0.
    Gaussian,
}

impl fmt::Display for PixelDensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bernoulli => "Bernoulli probability of binary pixels",
            Self::Gaussian => "Gaussian density of pixel values",
        })
    }
}

/// Why the loss is not a likelihood of these images.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoLikelihood {
    /// Binary cross-entropy on grey pixels: the Bernoulli's probabilities do not integrate to one on [0, 1].
    #[error(
        "binary cross-entropy on grey images is a loss, not a likelihood (value {index} is {value}, neither 0 \
         nor 1; Loaiza-Ganem & Cunningham 2019): for a likelihood train on binarised images, and name the \
         binarisation, or use the Gaussian loss"
    )]
    GreyBce {
        /// Position of the first grey value among all values.
        index: usize,
        /// The value.
        value: f32,
    },

    /// Squared error: a Gaussian likelihood needs a standard deviation.
    #[error(
        "squared error is a loss, not a likelihood: it names no standard deviation (the Gaussian loss does)"
    )]
    SquaredError,

    /// A distance that is no logarithm of a density.
    #[error("{0} is a loss, not a likelihood (the Gaussian loss is)")]
    Distance(&'static str),
}

/// The likelihood whose negative logarithm `loss` is, for images of which `grey` is the first value that is
/// neither 0 nor 1 (see [`first_grey`]).
///
/// # Errors
/// [`NoLikelihood`], which says in words why there is none. Binary cross-entropy is a likelihood only of binary
/// pixels (Loaiza-Ganem & Cunningham, *The continuous Bernoulli*, NeurIPS 2019).
///
/// ```
/// use analysis::{PixelDensity, PixelLoss, first_grey, pixel_density};
///
/// assert_eq!(pixel_density(PixelLoss::Bce, first_grey(&[0.0, 1.0, 1.0])), Ok(PixelDensity::Bernoulli));
/// let refused = pixel_density(PixelLoss::Bce, first_grey(&[0.0, 1.0, 0.25])).unwrap_err();
/// assert!(refused.to_string().starts_with("binary cross-entropy on grey images is a loss, not a likelihood"));
/// ```
pub fn pixel_density(loss: PixelLoss, grey: Option<(usize, f32)>) -> Result<PixelDensity, NoLikelihood> {
    match (loss, grey) {
        (PixelLoss::Bce, None) => Ok(PixelDensity::Bernoulli),
        (PixelLoss::Bce, Some((index, value))) => Err(NoLikelihood::GreyBce { index, value }),
        (PixelLoss::SquaredError, _) => Err(NoLikelihood::SquaredError),
        (PixelLoss::Distance(name), _) => Err(NoLikelihood::Distance(name)),
        (PixelLoss::Gaussian, _) => Ok(PixelDensity::Gaussian),
    }
}

/// Position and value of the first value that is neither 0 nor 1.
pub fn first_grey(values: &[f32]) -> Option<(usize, f32)> {
    values.iter().copied().enumerate().find(|(_, value)| *value != 0.0 && *value != 1.0)
}

/// Nats per image as bits per value: nats / (`dimensions` · ln 2). `dimensions` is height · width · channels.
///
/// For a density of pixels in [0, 1]; the usual figure for images of 256 grey levels, as a probability of
/// levels, adds 8.
///
/// ```
/// assert_eq!(analysis::bits_per_dimension(784.0 * 2f64.ln(), 784), 1.0);
/// ```
pub fn bits_per_dimension(nats: f64, dimensions: usize) -> f64 {
    nats / (dimensions as f64 * std::f64::consts::LN_2)
}
