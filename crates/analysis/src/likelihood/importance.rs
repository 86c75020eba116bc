//! ELBO and importance-weighted likelihood of a set of images.

use super::error::LikelihoodError;
use super::log_weights::LogWeights;

/// ELBO and importance-weighted negative log-likelihood of a set of images, in nats per image.
///
/// Only where the decoder's loss is a likelihood, see [`pixel_density`](super::pixel_density).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImportanceWeighted {
    /// Mean over images of 1/K Σ_k log w_k; higher is better. A lower bound of log p(x).
    pub elbo: f64,
    /// Standard error of `elbo` as an estimate for all images like these: standard deviation over images
    /// (n − 1) / √n. NaN for a single image.
    pub elbo_standard_error: f64,
    /// −mean over images of log (1/K Σ_k w_k); lower is better. At most −`elbo`; an upper bound of −log p(x) in
    /// expectation.
    pub nll: f64,
    /// Standard error of `nll` over images, as for `elbo`.
    pub nll_standard_error: f64,
    /// Standard error of `nll` for these very images over redraws of the samples (delta method); small beside
    /// `nll_standard_error` when K is large enough. Infinite for K = 1.
    pub nll_sampling_error: f64,
    /// Mean over images of the effective sample size, in [1, K].
    pub effective_samples: f64,
    /// The least effective sample size of an image. Near 1, its estimate rests on one sample: take more.
    pub least_effective_samples: f64,
    /// Number of images.
    pub images: usize,
    /// K, posterior samples per image.
    pub samples: u64,
}

/// Summarises the weights of `images`: log w_k = log p(x|z_k) + log p(z_k) − log q(z_k|x), z_k ~ q(z|x).
///
/// Burda, Grosse & Salakhutdinov, *Importance weighted autoencoders*, ICLR 2016, eq. 8.
///
/// # Errors
/// [`LikelihoodError`] without images, for an image without samples, or where the images' sample counts differ.
///
/// ```
/// use analysis::{LogWeights, importance_weighted};
///
/// let mut image = LogWeights::default();
/// (0..5).try_for_each(|_| image.push(-97.5))?; // a perfect posterior: all weights equal p(x)
/// let found = importance_weighted(&[image, image])?;
/// assert_eq!((found.elbo, found.nll, found.effective_samples), (-97.5, 97.5, 5.0));
/// # Ok::<(), analysis::LikelihoodError>(())
/// ```
pub fn importance_weighted(images: &[LogWeights]) -> Result<ImportanceWeighted, LikelihoodError> {
    let samples = images.first().ok_or(LikelihoodError::NoImages)?.samples().max(1);
    let mut elbos = Vec::with_capacity(images.len());
    let mut likelihoods = Vec::with_capacity(images.len());
    for (image, weights) in images.iter().enumerate() {
        match (weights.mean_log(), weights.log_mean()) {
            (Some(elbo), Some(likelihood)) if weights.samples() == samples => {
                elbos.push(elbo);
                likelihoods.push(likelihood);
            }
            _ => {
                return Err(LikelihoodError::Samples {
                    image,
                    samples: weights.samples(),
                    expected: samples,
                });
            }
        }
    }
    let count = images.len() as f64;
    let (elbo, elbo_standard_error) = mean_and_error(&elbos);
    let (log_likelihood, nll_standard_error) = mean_and_error(&likelihoods);
    let variance: f64 = images.iter().map(LogWeights::variance_of_log_mean).sum();
    let effective = images.iter().map(LogWeights::effective_samples);
    Ok(ImportanceWeighted {
        elbo,
        elbo_standard_error,
        nll: -log_likelihood,
        nll_standard_error,
        nll_sampling_error: variance.sqrt() / count,
        effective_samples: effective.clone().sum::<f64>() / count,
        least_effective_samples: effective.fold(f64::INFINITY, f64::min),
        images: images.len(),
        samples,
    })
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}
