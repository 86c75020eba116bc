//! How strange each image is to a model, and which images are known to be.

use latentlab::data::Dataset;
use latentlab::run::RunDir;
use latentlab::train::Seen;

use clap::ValueEnum;

use crate::console::Console;
use crate::failure::Failure;
use crate::opened::Opened;
use crate::stages::Stage;

/// What says that an image is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Score {
    /// Loss of the reconstruction from the posterior's mean, summed over pixels
    Reconstruction,
    /// KL divergence of the posterior from the prior
    Kl,
    /// Negative evidence lower bound: expected reconstruction loss plus KL
    NegElbo,
}

impl Score {
    /// Its key in JSON and its column in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction_error",
            Self::Kl => "kl",
            Self::NegElbo => "neg_elbo",
        }
    }

    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction error",
            Self::Kl => "KL",
            Self::NegElbo => "−ELBO",
        }
    }
}

/// Scores of every image, for each way to score that the model has.
pub struct Scores(Vec<(Score, Vec<f64>)>);

impl Scores {
    /// Scores all `count` images of `seen`. The ELBO is averaged over `samples` draws of each image's posterior. A
    /// plain autoencoder has the reconstruction error alone.
    pub fn of(
        opened: &mut Opened,
        seen: &Seen<'_>,
        count: usize,
        samples: u64,
        console: &Console,
    ) -> Result<Self, Failure> {
        let seed = opened.trained.recipe.seed;
        let model = &mut opened.trained.model;
        let variational = model.network().is_variational();
        let stage = Stage::new(console, "scoring", if variational { samples + 1 } else { 1 });
        let losses = model.image_losses(seen, count);
        stage.step();
        let mut scores =
            vec![(Score::Reconstruction, losses.iter().map(|loss| loss.reconstruction).collect())];
        if variational {
            let embedding = model.encode_from(seen, count);
            let mut bound = vec![0.0; count];
            for sample in 0..samples {
                let weights = model.log_weights(seen, &embedding, seed, sample)?;
                bound.iter_mut().zip(weights).for_each(|(sum, weight)| *sum -= weight / samples as f64);
                stage.step();
            }
            scores.push((Score::Kl, losses.iter().map(|loss| loss.kl).collect()));
            scores.push((Score::NegElbo, bound));
        }
        Ok(Self(scores))
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

/// Classes of a set that count as anomalous, by name.
pub fn anomalous_labels(set: &Dataset, names: &[String], option: &str) -> Result<Vec<u32>, Failure> {
    if set.labels().is_none() {
        return Err(Failure::mistake(format!(
            "{option} {}: the classes of {} are not known",
            names.join(","),
            set.name()
        )));
    }
    let number = |name: &String| match set.classes().iter().position(|class| class == name) {
        Some(label) => Ok(label as u32),
        None => {
            let classes = set.classes().join(", ");
            Err(Failure::mistake(format!("{option} {name}: must be a class of {}: {classes}", set.name())))
        }
    };
    names.iter().map(number).collect()
}

/// Says so where the model has learned from images of the classes that are to be found.
pub fn warn_if_learned(learned: &[&str], run: &RunDir, console: &Console) {
    if !learned.is_empty() {
        let (classes, run) = (learned.join(", "), run.path().display());
        console.warn(format_args!(
            "{run} was trained on images of class {classes} too, so they are no strangers to it; to hold a class out: \
             latentlab train RECIPE --set 'data.exclude_classes=[\"{}\"]'",
            learned[0]
        ));
    }
}
