//! Where codes of new images are drawn from.

use analysis::{GaussianOfPoints, Mixture, MixtureSettings, Posterior, SamplerError, Table};
use model::Embedding;

use crate::error::Error;
use crate::numbers::{count, grouped};

/// A distribution of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
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

/// Codes of more numbers have no mixture: its covariances take their square, and finding densities its cube.
const MIXTURE_DIMS: usize = 1_024;

/// Draws from [`Sampler::Gaussian`] for codes that are fewer than their numbers: the distribution is the one of [`fit`],
/// found without its covariance, and so without a density.
pub fn draw_from_few(codes: &Embedding, images: usize, seed: u64) -> Result<Vec<f32>, Error> {
    let means = Table::new(&codes.mean, codes.dims())?;
    let variances = match &codes.log_var {
        Some(log_var) => Posterior::new(means, Table::new(log_var, codes.dims())?)?.mean_variances(),
        None => vec![MixtureSettings::new(1, seed).regularisation; codes.dims()],
    };
    let gaussian = GaussianOfPoints::new(means, &variances)
        .map_err(|error| Error::refused(format!("--sampler gaussian: {error}")))?;
    Ok(gaussian.sample(images, seed))
}

/// Refuses a mixture in so many dimensions that it would take hours.
pub fn check_mixture(codes: &Embedding) -> Result<(), Error> {
    if codes.dims() <= MIXTURE_DIMS {
        return Ok(());
    }
    let refusal = Error::refused(format!(
        "--sampler gmm: codes of {} numbers are too long for Gaussians with full covariances, at most {}",
        grouped(codes.dims()),
        grouped(MIXTURE_DIMS)
    ));
    Err(refusal.hint("--sampler gaussian fits a single Gaussian"))
}

/// Gaussians of a mixture fitted to `codes`: as many as were asked for, else the usual number or one for each code
/// where these are fewer.
pub fn components(asked: Option<u16>, codes: &Embedding) -> Result<usize, Error> {
    const USUAL: usize = 10;
    match asked.map(usize::from) {
        Some(asked) if asked > codes.len() => Err(Error::refused(format!(
            "--components {asked}: the run has {} to fit Gaussians to, and each needs one at least",
            count(codes.len(), "training code")
        ))
        .hint(format!("--components {} or fewer", codes.len()))),
        Some(asked) => Ok(asked),
        None => Ok(USUAL.min(codes.len())),
    }
}

/// Fits `sampler` to `codes`: for a VAE to its aggregated posterior, not to the means alone.
///
/// The Gaussian takes its mean and covariance, which are known exactly; the mixture is fitted to one draw of each
/// posterior.
pub fn fit(sampler: Sampler, codes: &Embedding, components: usize, seed: u64) -> Result<Mixture, Error> {
    let dims = codes.dims();
    let refused = |error: SamplerError| {
        let refusal = Error::refused(format!("--sampler {}: {error}", sampler.name()));
        refusal.hint("fewer --components, or a run trained on more images, may help")
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

/// `sampler` with every deviation `temperature` times as large: below 1, draws keep nearer to the means.
pub fn with_temperature(sampler: Mixture, temperature: f64) -> Result<Mixture, Error> {
    if temperature == 1.0 {
        return Ok(sampler);
    }
    let (weights, square) = (sampler.weights().to_vec(), temperature * temperature);
    let means = (0..weights.len()).flat_map(|component| sampler.mean(component)).copied().collect();
    let covariances = (0..weights.len()).flat_map(|component| sampler.covariance(component));
    let covariances = covariances.map(|value| value * square).collect();
    Mixture::new(sampler.dims(), weights, means, covariances)
        .map_err(|error| Error::refused(format!("--temperature {temperature}: {error}")))
}

/// Mean log density in nats of held-out codes under `sampler`, in the sense of [`fit`]: of one draw of each posterior.
/// `None` where there are none.
pub fn log_likelihood(sampler: &Mixture, codes: &Embedding, seed: u64) -> Result<Option<f64>, Error> {
    if codes.is_empty() {
        return Ok(None);
    }
    let draws = codes.sample(seed);
    let found = sampler.mean_log_density(Table::new(&draws, codes.dims())?);
    found.map(Some).map_err(|error| Error::refused(error.to_string()))
}
