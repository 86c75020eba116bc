//! What the Gaussian posteriors q(z|x) = N(μ(x), σ²(x)) of a data set say about a VAE.

mod aggregated_posterior;
mod collapse;
mod decomposition;
mod error;
mod kl;
mod posteriors;

pub use aggregated_posterior::{AggregatedPosterior, Histogram};
pub use collapse::Collapse;
pub use decomposition::KlDecomposition;
pub use error::PosteriorError;
pub use kl::{ACTIVE_UNIT_THRESHOLD, Dimension};
pub use posteriors::Posterior;
