//! Likelihood: what a decoder's loss means in nats, the ELBO, and the importance-weighted bound.

mod error;
mod importance;
mod log_weights;
mod pixel_density;

pub use error::LikelihoodError;
pub use importance::{ImportanceWeighted, importance_weighted};
pub use log_weights::LogWeights;
pub use pixel_density::{
    NoLikelihood, PixelDensity, PixelLoss, bits_per_dimension, first_grey, pixel_density,
};
