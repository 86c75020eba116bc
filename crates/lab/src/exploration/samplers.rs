//! Where codes of new images are drawn from.

use analysis::Mixture;
use explorer::{Part, Precision, payload};
use model::Embedding;

use super::page_parts::PageParts;
use crate::error::Error;
use crate::evaluation::samplers::{self, Sampler};
use crate::lab::Lab;
use crate::numbers::{count, grouped};

/// Codes of more numbers have no fitted samplers here: their covariances would take more room than the images.
pub const MOST_DIMS: usize = 128;

/// The samplers of a model, fitted to the codes of training images as `generate` fits them.
pub fn samplers(
    is_variational: bool,
    dims: usize,
    train: Option<&Embedding>,
    seed: u64,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<Vec<payload::Sampler>, Error> {
    let mut all = Vec::new();
    if is_variational {
        all.push(prior(dims, page));
    }
    let missing = "Drawing codes from where the training images' lie is left out";
    let Some(train) = train.filter(|_| dims <= MOST_DIMS) else {
        page.leave_out(match dims > MOST_DIMS {
            true => format!("{missing}: the covariances of {} numbers take too much room.", grouped(dims)),
            false => format!("{missing}: the training images are not on this machine."),
        });
        return Ok(all);
    };
    let _stage = lab.stage("fitting the samplers", 0);
    for sampler in [Sampler::Gaussian, Sampler::Gmm] {
        let components = match sampler {
            Sampler::Gmm => samplers::components(None, train)?,
            _ => 1,
        };
        match samplers::fit(sampler, train, components, seed) {
            Ok(mixture) => all.push(kept(sampler, &mixture, train, page)),
            Err(Error::Refused { message, .. }) => {
                let message = message.trim_start_matches("--sampler ");
                page.leave_out(format!("A sampler is left out: {message}."));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn prior(dims: usize, page: &mut PageParts) -> payload::Sampler {
    let mean = vec![0.0; dims];
    payload::Sampler {
        name: Sampler::Prior.name(),
        about: "The prior N(0, I), what the model was trained towards.".into(),
        weights: page.blobs.floats(Part::Samplers, &[1], &[1.0], Precision::Single),
        means: page.blobs.floats(Part::Samplers, &[1, dims], &mean, Precision::Single),
        factors: None,
    }
}

fn kept(sampler: Sampler, mixture: &Mixture, train: &Embedding, page: &mut PageParts) -> payload::Sampler {
    let (dims, components) = (mixture.dims(), mixture.weights().len());
    let single = |value: &f64| *value as f32;
    let means: Vec<f32> = (0..components).flat_map(|k| mixture.mean(k)).map(single).collect();
    let factors: Vec<f32> = (0..components).flat_map(|k| mixture.factor(k)).map(single).collect();
    let weights: Vec<f32> = mixture.weights().iter().map(single).collect();
    let codes = count(train.len(), "training code");
    payload::Sampler {
        name: sampler.name(),
        about: match sampler {
            Sampler::Gmm => format!("A mixture of {} fitted to {codes}.", count(components, "Gaussian")),
            _ => format!("One Gaussian with the mean and covariance of {codes}."),
        },
        weights: page.blobs.floats(Part::Samplers, &[components], &weights, Precision::Single),
        means: page.blobs.floats(Part::Samplers, &[components, dims], &means, Precision::Single),
        factors: Some(page.blobs.floats(
            Part::Samplers,
            &[components, dims, dims],
            &factors,
            Precision::Single,
        )),
    }
}
