//! Scores: numbers that are high for images that are strange to a model.

use std::ops::Range;

use model::PosteriorDraw;
use train::{ImageSource, TrainedModel};

use crate::error::Error;
use crate::lab::Lab;

/// What says that an image is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Score {
    /// Loss of the reconstruction from the posterior's mean, summed over pixels
    Reconstruction,
    /// KL divergence of the posterior from the prior
    Kl,
    /// Negative evidence lower bound: expected reconstruction loss plus KL
    NegElbo,
    /// The hottest pixel of the heat map, in standard deviations above normal images
    HeatMap,
}

impl Score {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Reconstruction, Self::Kl, Self::NegElbo, Self::HeatMap];

    /// Its key in JSON and its column in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction_error",
            Self::Kl => "kl",
            Self::NegElbo => "neg_elbo",
            Self::HeatMap => "heat_map",
        }
    }

    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction error",
            Self::Kl => "KL",
            Self::NegElbo => "−ELBO",
            Self::HeatMap => "hottest pixel",
        }
    }
}

/// Scores of every image, for each way to score that the model has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(Vec<(Score, Vec<f64>)>);

impl Scores {
    /// Scores the images of `seen` at `rows`. The ELBO is averaged over `samples` draws of each image's posterior. A
    /// plain autoencoder has the reconstruction error alone.
    pub fn of(
        trained: &mut TrainedModel,
        seen: &ImageSource<'_>,
        rows: Range<usize>,
        samples: u64,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let seed = trained.recipe.seed;
        let model = &mut trained.model;
        let variational = model.network().is_variational();
        let stage = lab.stage("scoring", if variational { samples + 1 } else { 1 });
        let (first, count, seen) = (rows.start, rows.len(), &seen.after(rows.start));
        let losses = model.image_losses(seen, count);
        stage.step();
        let mut scores =
            vec![(Score::Reconstruction, losses.iter().map(|loss| loss.reconstruction).collect())];
        if variational {
            let embedding = model.encode_from(seen, count);
            let mut bound = vec![0.0; count];
            for sample in 0..samples {
                let draw = PosteriorDraw { seed, sample, first };
                let weights = model.log_weights(seen, &embedding, draw)?;
                bound.iter_mut().zip(weights).for_each(|(sum, weight)| *sum -= weight / samples as f64);
                stage.step();
            }
            scores.push((Score::Kl, losses.iter().map(|loss| loss.kl).collect()));
            scores.push((Score::NegElbo, bound));
        }
        Ok(Self(scores))
    }

    /// Adds a score of every image.
    pub(super) fn add(&mut self, score: Score, values: Vec<f64>) {
        self.0.push((score, values));
    }

    /// Each way to score, with the score of every image.
    pub fn all(&self) -> &[(Score, Vec<f64>)] {
        &self.0
    }

    /// The scores by `score`, if the model has them.
    pub fn by(&self, score: Score) -> Option<&[f64]> {
        self.0.iter().find(|(other, _)| *other == score).map(|(_, scores)| scores.as_slice())
    }
}
