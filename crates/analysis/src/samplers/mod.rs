//! Densities of codes to sample from: the prior, a Gaussian, and Gaussian mixtures fitted to embeddings.

mod error;
mod expectation;
mod mixture;
mod points;

pub use error::SamplerError;
pub use expectation::MixtureSettings;
pub use mixture::Mixture;
pub use points::GaussianOfPoints;
