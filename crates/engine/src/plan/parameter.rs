//! The named tensors in the flat parameter buffer: what each belongs to, where it lies, how it starts.

use std::fmt;
use std::ops::Range;

use crate::initializer::Initializer;

/// What in a network a parameter belongs to.
///
/// Displays as the first part of the parameter's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterOwner {
    /// A layer of the encoder: `encoder.0`.
    Encoder(usize),
    /// The head of a Gaussian latent that gives the mean: `latent.mean`.
    Mean,
    /// The one that gives the log variance: `latent.log_var`.
    LogVariance,
    /// A layer of the decoder: `decoder.0`.
    Decoder(usize),
    /// The learned ln σ of a Gaussian loss: `objective.log_sigma`.
    LogSigma,
}

impl fmt::Display for ParameterOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterOwner::Encoder(index) => write!(f, "encoder.{index}"),
            ParameterOwner::Mean => f.write_str("latent.mean"),
            ParameterOwner::LogVariance => f.write_str("latent.log_var"),
            ParameterOwner::Decoder(index) => write!(f, "decoder.{index}"),
            ParameterOwner::LogSigma => f.write_str("objective.log_sigma"),
        }
    }
}

/// One named tensor in the flat parameter buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterView {
    /// What it belongs to.
    pub owner: ParameterOwner,
    /// `encoder.0.kernel`, `latent.mean.bias`, `decoder.2.kernel`, `objective.log_sigma`, …
    pub name: String,
    /// Keras' layout: dense `[in, units]`, convolution `[h, w, in, filters]`, transposed
    /// `[h, w, filters, in]`.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
    pub(crate) start: ParameterStart,
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ParameterStart {
    /// With zeros.
    Zeros,
    /// With draws; inputs and outputs per value, kernel area included.
    Drawn { initializer: Initializer, fan_in: usize, fan_out: usize },
    /// With this number.
    Value(f64),
}

/// The parameter ln σ of a learned Gaussian loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSigma {
    /// Its place among the parameters.
    pub parameter: usize,
    /// Place of its gradient in a group's buffer.
    pub group: usize,
}
