//! What each image costs a model: loss terms and importance weights, in nats and summed over pixels whatever the
//! objective's reduction and weights.

use network::{Noise, Reduction, Source, Term, Terms};
use random::Stream;

use super::{Autoencoder, OffsetSource};
use crate::embedding::Embedding;
use crate::error::ModelError;

/// Loss of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageLoss {
    /// Reconstruction loss of the image decoded from its posterior's mean, summed over pixels: in nats for
    /// cross-entropy and the Gaussian loss, else the sum of squares.
    pub reconstruction: f64,
    /// KL(q(z|x) ‖ p(z)) in nats, summed over dimensions; 0 for a deterministic latent.
    pub kl: f64,
}

/// One draw of the posterior of each of some images that stand together in a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PosteriorDraw {
    /// Seed of all draws.
    pub seed: u64,
    /// Which draw it is, counted from 0.
    pub sample: u64,
    /// Position of the first of the images in the set.
    pub first: usize,
}

impl Autoencoder {
    /// The loss of each of the first `images` images of `source`, from the posteriors' means.
    pub fn image_losses(&mut self, source: &dyn Source<f32>, images: usize) -> Vec<ImageLoss> {
        let scale = self.reconstruction_scale();
        let mut losses = Vec::with_capacity(images);
        let batch = self.device().batch();
        for first in (0..images).step_by(batch) {
            let count = batch.min(images - first);
            self.device().evaluate(&OffsetSource { source, first }, count, Noise::Mean);
            let terms = self.device().image_terms(count);
            let loss = |terms: &Terms| ImageLoss {
                reconstruction: terms[Term::Reconstruction] / scale,
                kl: terms[Term::KlNats],
            };
            losses.extend(terms.iter().map(loss));
        }
        losses
    }

    /// One importance weight for each image that was embedded: log w = log p(x|z) + log p(z) − log q(z|x) in
    /// nats with z ~ q(z|x) (Burda et al. 2016). The mean over many is the ELBO, the log of the mean weight the
    /// tighter bound; that is the likelihood's only where the reconstruction loss is one.
    ///
    /// `source` gives the images that `embedding` is of, in the same order. The draw is a pure function of the
    /// weights, its seed and number, and the image's position in the set.
    ///
    /// # Errors
    /// [`ModelError::NoPrior`] for a deterministic latent.
    pub fn log_weights(
        &mut self,
        source: &dyn Source<f32>,
        embedding: &Embedding,
        draw: PosteriorDraw,
    ) -> Result<Vec<f64>, ModelError> {
        let PosteriorDraw { seed, sample, first: before } = draw;
        let Some(log_var) = &embedding.log_var else { return Err(ModelError::NoPrior) };
        let (scale, dims, batch) = (self.reconstruction_scale(), embedding.dims(), self.device().batch());
        let stream = Stream::new(seed, "importance samples");
        let mut weights = vec![0.0; embedding.len()];
        let mut codes = vec![0.0f32; batch * dims];
        for (chunk, weights) in weights.chunks_mut(batch).enumerate() {
            let first = chunk * batch;
            let mut ratios = vec![0.0; weights.len()];
            let count = weights.len();
            let positions = (before + first) as u32..(before + first + count) as u32;
            stream.each_normal_of(sample, positions, dims, |position, j, epsilon| {
                let index = position as usize - before - first;
                let at = (first + index) * dims + j;
                let z = embedding.mean[at] + (0.5 * log_var[at]).exp() * epsilon;
                codes[index * dims + j] = z;
                // log p(z_j) − log q(z_j|x): the constants cancel.
                let (z, epsilon) = (f64::from(z), f64::from(epsilon));
                ratios[index] += 0.5 * (epsilon * epsilon + f64::from(log_var[at]) - z * z);
            });
            let from = OffsetSource { source, first };
            self.device().evaluate_codes(&from, &codes[..count * dims], count, weights);
            for (weight, ratio) in weights.iter_mut().zip(ratios) {
                *weight = ratio - *weight / scale;
            }
        }
        Ok(weights)
    }

    /// What the objective multiplies the sum over an image's pixels with.
    fn reconstruction_scale(&self) -> f64 {
        let spec = self.network().objective.reconstruction;
        let reduction = match spec.reduction {
            Reduction::Sum => 1.0,
            Reduction::Mean => 1.0 / self.network().input.len() as f64,
        };
        f64::from(spec.weight) * reduction
    }
}
