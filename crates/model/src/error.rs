//! What can go wrong with weights, and with what a model is asked for.

use network::NetworkError;

/// A model cannot do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The network does not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A number of values that is no whole number of images or codes.
    #[error("{values} values are no whole number of {what} of {shape} = {each} values")]
    Length {
        /// `images` or `codes`.
        what: &'static str,
        /// Values given.
        values: usize,
        /// Shape of one, for people: `28 × 28 × 1`.
        shape: String,
        /// Values of one.
        each: usize,
    },
    /// A deterministic latent has no distribution to generate from.
    #[error(
        "latent.kind = deterministic: has no prior to generate from; train a recipe with latent.kind = \
         \"gaussian\", or decode random codes and see that they give no images"
    )]
    NoPrior,
}

/// A safetensors file is not what it should be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Not a safetensors file, or a damaged one.
    #[error("not a whole safetensors file: {0}")]
    Format(String),
    /// A header so long that it is not read.
    #[error("the header has {bytes} bytes, more than the {limit} allowed")]
    Header {
        /// What the file says.
        bytes: u64,
        /// The longest that is read.
        limit: u64,
    },
    /// Something that the header should say about the whole file.
    #[error("metadata {key} = {value}: {allowed}")]
    Metadata {
        /// Which.
        key: &'static str,
        /// What it says.
        value: String,
        /// What it should say.
        allowed: String,
    },
    /// A tensor that the network needs is not there.
    #[error("tensor {tensor}: missing; expected shape {expected:?}")]
    Missing {
        /// Its name.
        tensor: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A tensor that the network does not have.
    #[error(
        "tensor {tensor}: the network has none of this name; it has {expected} tensors, the file {found}"
    )]
    Unexpected {
        /// Its name.
        tensor: String,
        /// Tensors in the file.
        found: usize,
        /// Tensors of the network.
        expected: usize,
    },
    /// A tensor of another shape.
    #[error("tensor {tensor}: has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Its name.
        tensor: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape in the network.
        expected: Vec<usize>,
    },
    /// A tensor of another element type.
    #[error("tensor {tensor}: holds {found}, expected F32")]
    Type {
        /// Its name.
        tensor: String,
        /// Type in the file.
        found: String,
    },
    /// A value that is NaN or infinite.
    #[error("tensor {tensor}: value {index} is {value}, expected finite numbers")]
    NotFinite {
        /// Its name.
        tensor: String,
        /// Position in the tensor, row-major.
        index: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// A parameter buffer of another length than the network's.
    #[error("{found} parameters, but the network has {expected}")]
    Length {
        /// Parameters given.
        found: usize,
        /// Parameters of the network.
        expected: usize,
    },
}

#[cfg(test)]
mod messages;
