//! `evaluate`: how good a run is on a whole split.

use std::time::Instant;

use latentlab::analysis::{ImageQuality, MeanQuality, image_quality};
use latentlab::data::Dataset;
use latentlab::engine::Source;
use latentlab::run::{Metrics, RunDir, SplitMetrics, Terms};
use latentlab::train::{Seen, named_terms};
use serde_json::json;

use crate::failure::Failure;
use crate::figures::loss_unit;
use crate::numbers::{grouped, part, table};
use crate::opened::{Opened, RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::pictures::Pictures;
use crate::settings::Settings;

/// Images that are compared with their reconstructions at a time; bounds memory.
const CHUNK: usize = 4096;

/// Measure a run on a whole split: loss terms, MSE, PSNR, SSIM
///
/// Loss terms are averages over all images of the split and add up to the total; a VAE decodes one sample of
/// each posterior for them, as in training. MSE, PSNR (dB) and SSIM compare the images with their
/// reconstructions from the mean. The result is kept in the run's metrics.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab evaluate runs/mnist-mlp-vae-1
  latentlab evaluate runs/mnist-mlp-vae-1 --split valid --json
  latentlab evaluate runs/mnist-mlp-vae-1 --checkpoint last --data-dir ~/data")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// On which images.
    #[command(flatten)]
    pub images: SplitArguments,
}

/// Measures.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let splits = arguments.images.open(&opened, settings)?;
    let split = arguments.images.split.name();
    let set = arguments.images.split.of(&splits);

    let started = Instant::now();
    let terms = opened.trained.evaluate(set)?;
    let speed = set.len() as f64 / started.elapsed().as_secs_f64();
    let mut values = named_terms(&terms, opened.trained.model.network());
    if let Some(quality) = quality(&mut opened, set)? {
        values.extend(
            [("mse", quality.mse), ("psnr", quality.psnr), ("ssim", quality.ssim)]
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    // Another data set's metrics are no metrics of the run's own splits.
    if arguments.images.data.is_none() {
        keep(&opened, split, set.len(), &values)?;
    }
    let text = text(&opened, set, split, &values, speed);
    let mut json = json!({
        "run": opened.dir.path().display().to_string(),
        "data": set.name(),
        "split": split,
        "checkpoint": opened.trained.slot.name(),
        "epoch": opened.trained.epoch,
        "images": set.len(),
        "images_per_second": speed,
    });
    for (name, value) in values {
        json[name] = json!(value);
    }
    Ok(Outcome::answer(text, json))
}

/// How close the reconstructions of all of `set` are, in chunks.
fn quality(opened: &mut Opened, set: &Dataset) -> Result<Option<MeanQuality>, Failure> {
    let seen = opened.trained.seen(set);
    let input = opened.trained.model.network().input;
    let mut all: Vec<ImageQuality> = Vec::with_capacity(set.len());
    for first in (0..set.len()).step_by(CHUNK) {
        let count = CHUNK.min(set.len() - first);
        let chunk = From { seen, first };
        let mut inputs = vec![0.0; input.len()];
        let mut targets = vec![0.0; count * input.len()];
        for (index, target) in targets.chunks_exact_mut(input.len()).enumerate() {
            chunk.fill(index, &mut inputs, target);
        }
        let outputs = opened.trained.model.reconstruct_from(&chunk, count);
        let targets = Pictures::new(targets, input);
        if !targets.are_comparable() {
            return Ok(None);
        }
        all.extend(image_quality(&targets.pixels, &outputs, targets.shape)?);
    }
    Ok(MeanQuality::of(&all))
}

/// The images of a set from one on.
struct From<'a> {
    seen: Seen<'a>,
    first: usize,
}

impl Source<f32> for From<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.seen.fill(self.first + index, input, target);
    }
}

/// Adds the split to the run's metrics.
fn keep(opened: &Opened, split: &str, images: usize, values: &Terms) -> Result<(), Failure> {
    let mut metrics = stored(&opened.dir)?;
    let weights_sha256 = opened.trained.weights_sha256.clone();
    let found = SplitMetrics { images: images as u64, weights_sha256, values: values.clone() };
    metrics.splits.insert(split.to_owned(), found);
    Ok(opened.dir.write(&metrics)?)
}

fn stored(run: &RunDir) -> Result<Metrics, Failure> {
    match run.read::<Metrics>() {
        Err(error) if error.is_not_found() => Ok(Metrics::default()),
        found => Ok(found?),
    }
}

fn text(opened: &Opened, set: &Dataset, split: &str, values: &Terms, speed: f64) -> String {
    let loss = loss_unit(&opened.trained.recipe.objective);
    let order = [
        ("total", loss),
        ("reconstruction", loss),
        ("kl", loss),
        ("code_l1", loss),
        ("mse", "0 is best"),
        ("psnr", "dB, higher is better"),
        ("ssim", "1 is best"),
    ];
    let row = |(name, unit): (&str, &str)| {
        let value = *values.get(name)?;
        // The terms of the loss are seen to add up.
        let whole = values.get("total").filter(|_| unit == loss).copied().unwrap_or(value);
        Some(vec![name.to_owned(), part(value, whole), unit.to_owned()])
    };
    let rows: Vec<Vec<String>> = order.into_iter().filter_map(row).collect();
    let (slot, epoch) = (opened.trained.slot.name(), opened.trained.epoch);
    let run = opened.dir.path().display();
    let images = grouped(set.len());
    let speed = grouped(speed as u64);
    let head =
        format!("{run}, {slot} checkpoint (epoch {epoch}), {images} {split} images of {}\n\n", set.name());
    format!("{head}{}\n{speed} images/s\n", table(&rows))
}
