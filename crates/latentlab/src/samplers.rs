//! Where codes of new images are drawn from.

use clap::ValueEnum;
use latentlab::analysis::{Mixture, MixtureSettings, Posterior, SamplerError, Table};
use latentlab::model::Embedding;

use crate::failure::Failure;

/// A distribution of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sampler {
    /// N(0, I), what a VAE was trained towards
    Prior,
    /// One Gaussian with the mean and covariance of the training images' codes
    Gaussian,
    /// A mixture of Gaussians with full covariances, fitted to the training images' codes
    Gmm,
}

impl Sampler {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Gaussian => "gaussian",
            Self::Gmm => "gmm",
        }
    }
}

/// Fits `sampler` to `codes`: for a VAE to its aggregated posterior, not to the means alone.
///
/// The Gaussian takes its mean and covariance, which are known exactly; the mixture is fitted to one draw of each
/// posterior.
pub fn fit(sampler: Sampler, codes: &Embedding, components: usize, seed: u64) -> Result<Mixture, Failure> {
    let dims = codes.dims();
    let refused = |error: SamplerError| {
        let failure = Failure::mistake(format!("--sampler {}: {error}", sampler.name()));
        failure.hint("fewer --components, or a run trained on more images, may help")
    };
    let means = Table::new(&codes.mean, dims)?;
    match (sampler, &codes.log_var) {
        (Sampler::Prior, _) => Mixture::prior(dims).map_err(refused),
        (Sampler::Gaussian, Some(log_var)) => {
            let aggregated = Posterior::new(means, Table::new(log_var, dims)?)?.aggregated();
            Mixture::gaussian(aggregated.mean, aggregated.covariance).map_err(refused)
        }
        (Sampler::Gaussian, None) => Mixture::fit(means, MixtureSettings::new(1, seed)).map_err(refused),
        (Sampler::Gmm, _) => {
            let draws = codes.sample(seed);
            Mixture::fit(Table::new(&draws, dims)?, MixtureSettings::new(components, seed)).map_err(refused)
        }
    }
}

/// Mean log density in nats of held-out codes under `sampler`, in the sense of [`fit`]: of one draw of each posterior.
/// `None` where there are none.
pub fn log_likelihood(sampler: &Mixture, codes: &Embedding, seed: u64) -> Result<Option<f64>, Failure> {
    if codes.is_empty() {
        return Ok(None);
    }
    let draws = codes.sample(seed);
    let found = sampler.mean_log_density(Table::new(&draws, codes.dims())?);
    found.map(Some).map_err(|error| Failure::mistake(error.to_string()))
}
