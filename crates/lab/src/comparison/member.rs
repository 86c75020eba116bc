//! One model of a comparison: its runs (one per seed) and their numbers.

use std::collections::BTreeMap;

use analysis::{CodeSpread, FeatureSpace, Silhouette, Table, sharpness};
use data::{Dataset, Splits};
use model::Embedding;
use network::{Reduction, Term, Terms};
use serde_json::{Map, Value};

use crate::comparison::model_numbers::{Numbers, Summary};
use crate::error::Error;
use crate::feature_space;
use crate::figures::latent_views::class_silhouette;
use crate::lab::Lab;
use crate::run_report::facts::Facts;
use crate::runs::Run;

/// Images whose sharpness is measured.
const SHARP: usize = 1_000;
/// Draws of N(0, I) that are compared with as many test images.
const DRAWS: usize = 2_000;
/// Fewer say nothing.
const LEAST_DRAWS: usize = 100;
/// So many of images whose pixels are more: the Fréchet distance then decomposes a matrix of images squared.
const LARGE_DRAWS: usize = 1_000;

/// A run and its numbers.
pub struct MeasuredRun {
    /// Its folder.
    pub folder: String,
    /// Its seed.
    pub seed: u64,
    /// By key.
    pub numbers: Numbers,
}

/// A model.
pub struct Member {
    /// As figures and tables call it.
    pub name: String,
    /// Its first run, which figures show.
    pub run: Run,
    /// Codes of the test images by that run.
    pub codes: Embedding,
    /// Their silhouettes.
    pub silhouette: Option<Silhouette>,
    /// Every run.
    pub runs: Vec<MeasuredRun>,
    /// What a publication reports, by key.
    pub published: BTreeMap<String, f64>,
    classes: Vec<String>,
}

impl Member {
    /// Measures runs of one recipe, at least one, on the test images.
    pub fn new(
        name: String,
        runs: Vec<Run>,
        published: BTreeMap<String, f64>,
        splits: &Splits,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let mut measured = Vec::new();
        let mut first = None;
        for mut run in runs {
            lab.note(format_args!("measuring {}", run.dir.path().display()));
            let facts = Facts::measure(&mut run, splits, lab)?;
            let silhouette = class_silhouette(&facts.codes, &splits.test)?.map(|found| found.silhouette);
            let mut numbers = numbers_of(&facts);
            numbers.extend(silhouette.as_ref().map(|found| ("silhouette", found.mean)));
            spread(&facts.codes, &mut numbers)?;
            terms(&run, &facts.terms, &mut numbers);
            let sharpness = sharpness_of(&mut run, &splits.test, lab);
            numbers.extend(sharpness.map(|sharpness| ("sharpness", sharpness)));
            drawn(&mut run, &splits.test, &mut numbers, lab)?;
            numbers.retain(|_, value| value.is_finite());
            let folder = run.dir.path().display().to_string();
            measured.push(MeasuredRun { folder, seed: run.trained.recipe.seed, numbers });
            if first.is_none() {
                first = Some((run, facts.codes, silhouette));
            }
        }
        let Some((run, codes, silhouette)) = first else {
            return Err(Error::fault(format!("{name}: there is no run to compare")));
        };
        let classes = splits.test.classes().to_vec();
        Ok(Self { name, run, codes, silhouette, runs: measured, published, classes })
    }

    /// A number over all runs.
    pub fn summary(&self, key: &str) -> Option<Summary> {
        let values: Vec<f64> = self.runs.iter().filter_map(|run| run.numbers.get(key).copied()).collect();
        Summary::of(&values)
    }

    /// The mean of a number over all runs.
    pub fn mean(&self, key: &str) -> Option<f64> {
        self.summary(key).map(|summary| summary.mean)
    }

    /// Whether it has a prior.
    pub fn is_variational(&self) -> bool {
        self.run.trained.model.network().is_variational()
    }

    /// Name of the recipe.
    pub fn recipe_name(&self) -> &str {
        &self.run.trained.recipe.name
    }

    /// Weight of its KL term.
    pub fn kl_weight(&self) -> Option<f32> {
        self.is_variational().then_some(self.run.trained.recipe.objective.kl.weight)
    }

    /// Mean silhouette of each class, of the first run.
    pub fn class_silhouettes(&self) -> Value {
        let classes = self.silhouette.iter().flat_map(|found| &found.classes);
        let entries = classes.map(|class| {
            let name = self.classes.get(class.label as usize).cloned();
            (name.unwrap_or_else(|| class.label.to_string()), Value::from(class.mean))
        });
        Value::Object(entries.collect::<Map<_, _>>())
    }
}

fn numbers_of(facts: &Facts) -> Numbers {
    let mut numbers = Numbers::new();
    if let Some(best) = &facts.best {
        let keys = [
            ("total", "train_total", "valid_total"),
            ("reconstruction", "train_reconstruction", "valid_reconstruction"),
            ("kl", "train_kl", "valid_kl"),
        ];
        // Of a plain autoencoder the only term is the total.
        let is_sum = best.train.contains_key("kl");
        for (term, train, valid) in keys.into_iter().take(if is_sum { 3 } else { 1 }) {
            numbers.extend(best.train.get(term).map(|value| (train, *value)));
            numbers.extend(best.valid.get(term).map(|value| (valid, *value)));
        }
    }
    let found = &facts.numbers;
    numbers.extend(found.explained.map(|share| ("explained", 100.0 * share)));
    numbers.extend(found.psnr.map(|psnr| ("psnr", psnr)));
    numbers.extend(found.ssim.map(|ssim| ("ssim", ssim)));
    numbers.extend(found.pca_psnr.map(|psnr| ("pca_psnr", psnr)));
    numbers.extend(found.noisy_psnr.map(|psnr| ("noisy_psnr", psnr)));
    numbers.extend(facts.metrics.metrics.get("active_units").map(|found| ("active_units", found.value)));
    numbers.extend(found.posterior.map(|posterior| ("from_prior", posterior.from_prior.nats())));
    numbers.extend(facts.manifest.seconds.get("training").map(|seconds| ("training_seconds", *seconds)));
    numbers
}

/// Range, centre and spread of the codes.
fn spread(codes: &Embedding, numbers: &mut Numbers) -> Result<(), Error> {
    let CodeSpread { low, high, centre, deviation } = CodeSpread::of(Table::new(&codes.mean, codes.dims())?);
    numbers.extend([
        ("code_low", low),
        ("code_high", high),
        ("code_centre", centre),
        ("code_spread", deviation),
    ]);
    Ok(())
}

/// Rate and distortion on the test images, in nats per image whatever the recipe's weights and reductions.
fn terms(run: &Run, terms: &Terms, numbers: &mut Numbers) {
    let network = run.trained.model.network();
    let reconstruction = network.objective.reconstruction;
    let pixels = match reconstruction.reduction {
        Reduction::Sum => 1.0,
        Reduction::Mean => network.input.len() as f64,
    };
    numbers.insert("distortion", terms[Term::Reconstruction] * pixels / f64::from(reconstruction.weight));
    if network.is_variational() {
        numbers.insert("rate", terms[Term::KlNats]);
    }
}

/// Of reconstructions beside their originals.
fn sharpness_of(run: &mut Run, test: &Dataset, lab: &Lab) -> Option<f64> {
    let pixels = run.trained.model.network().input.len();
    let count = lab.memory().images_at_a_time(pixels, 4, test.len().min(SHARP));
    let seen = run.trained.source(test);
    let made = run.reconstruct(&seen, count);
    sharpness(&made.outputs.pixels, &made.targets.pixels, made.targets.shape)
}

/// Draws of N(0, I) beside test images, for models with and without that prior.
fn drawn(run: &mut Run, test: &Dataset, numbers: &mut Numbers, lab: &Lab) -> Result<(), Error> {
    let pixels = run.trained.model.network().input.len();
    let most = if pixels > LARGE_DRAWS { LARGE_DRAWS } else { DRAWS };
    let count = lab.memory().images_at_a_time(pixels, 4, test.len().min(most));
    if count < LEAST_DRAWS {
        return Ok(());
    }
    let _stage = lab.stage("draws", 0);
    let codes = run.trained.model.random_codes(count, run.trained.recipe.seed);
    let generated = run.trained.model.decode(&codes)?;
    let real = run.targets(test, count);
    let space = FeatureSpace { name: "pixels".into(), sha256: None };
    let found = feature_space::compare(space, &real, &generated, pixels)?;
    numbers.insert("coverage", found.manifolds.coverage);
    numbers.insert("frechet_distance", found.frechet_distance);
    Ok(())
}
