//! `evaluate`: how good a run is on a whole split.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use latentlab::analysis::{ImageQuality, MeanQuality, image_quality};
use latentlab::data::Dataset;
use latentlab::engine::Terms;
use latentlab::run::{Metrics, RunDir, SplitMetrics};
use latentlab::train::named_terms;
use serde_json::json;

use crate::baseline;
use crate::destination::write_in_run;
use crate::failure::Failure;
use crate::figures::loss_unit;
use crate::full_evaluation::{self, Effort, Features, Found};
use crate::interrupt::stop_flag;
use crate::measures::Measure;
use crate::numbers::{grouped, part, table, value};
use crate::opened::{Opened, RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::reading::hint;
use crate::settings::Settings;
use crate::stages::Stage;
use crate::table_rows::RowError;
use crate::words;

/// Images that are compared with their reconstructions at a time; bounds memory.
const CHUNK: usize = 4096;

/// Measure a run on a whole split; with --full, everything that applies
///
/// Loss terms are averages over all images of the split and add up to the total; a VAE decodes one sample of
/// each posterior for them, as in training. MSE, PSNR (dB) and SSIM compare the images with their
/// reconstructions from the mean.
///
/// Beside them stand the same numbers of a principal component analysis with as many numbers per image, and of a
/// denoiser's noisy inputs.
///
/// With --full also, where they apply: active units, the split of the KL and a verdict on collapse; ELBO and
/// importance-weighted likelihood (only where the loss is a likelihood); silhouette, classifiers and clusters;
/// generated images beside real ones, and whether they look like some; disentanglement where factors are known; AUROC where a class was left out
/// of training; and their figures.
///
/// The result is kept in the run's metrics.json: each value with unit, range, direction, split and sample count.
/// Ctrl-C ends it after the part at work, and keeps and prints what was measured.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab evaluate runs/mnist-mlp-vae-1
  latentlab evaluate runs/mnist-mlp-vae-1 --full
  latentlab evaluate runs/mnist-mlp-vae-1 --split valid --json
  latentlab evaluate runs/mnist-mlp-vae-1 --checkpoint last --data-dir ~/data")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// On which images.
    #[command(flatten)]
    pub images: SplitArguments,

    /// Measure everything that applies
    #[arg(long)]
    pub full: bool,

    /// Importance samples per image, of the likelihood
    #[arg(long, value_name = "K", default_value = "64", requires = "full", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: u32,

    /// Where generated and real images are compared
    #[arg(long, value_enum, default_value = "pixels", requires = "full")]
    pub features: Features,
}

/// Measures.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let stop = stop_flag("finishing the part at work, keeping what was measured", "keeping what is written")?;
    let mut opened = arguments.run.open(settings)?;
    let splits = arguments.images.open(&opened, settings)?;
    let part = arguments.images.part(&opened);
    let (split, set) = (part.name(), part.of(&splits));
    // Another data set's metrics and figures are none of the run's own.
    let own_data = arguments.images.data.is_none();

    let started = Instant::now();
    let stage = Stage::new(&settings.console, "loss", 0);
    let (_, mut measures) = losses(&mut opened, set)?;
    drop(stage);
    let speed = set.len() as f64 / started.elapsed().as_secs_f64();
    let is_asked_to_stop = || stop.load(Ordering::SeqCst);
    let mut notes = Vec::new();
    let mut files = Vec::new();
    // A run that one may not write to gives its numbers all the same.
    let keep_if_own = |opened: &Opened, measures: &[Measure], notes: &[String]| match own_data {
        true => Failure::unless_unkept(keep(opened, split, set.len(), measures, notes), &settings.console),
        false => Ok(()),
    };
    if !is_asked_to_stop() {
        measures.extend(quality(&mut opened, set, settings)?);
        measures.extend(baseline::measure(&opened, &splits, set, settings)?);
    }
    keep_if_own(&opened, &measures, &notes)?;
    if arguments.full && !is_asked_to_stop() {
        let effort = Effort {
            samples: u64::from(arguments.samples),
            features: arguments.features,
            images_per_second: speed,
        };
        let mut after_each =
            |opened: &Opened, found: &Found| keep_if_own(opened, &found.measures, &found.notes);
        let found =
            full_evaluation::evaluate(&mut opened, &splits, part, effort, settings, &stop, &mut after_each)?;
        measures.extend(found.measures);
        notes = found.notes;
        for (name, figure) in found.figures.iter().filter(|_| own_data) {
            let written = write_in_run(&opened.dir, name, figure);
            files.extend(Failure::unless_unkept(written, &settings.console)?);
        }
    }
    if arguments.full {
        keep_if_own(&opened, &[], &notes)?;
    }
    // What follows from the numbers is said, but not kept beside them.
    if let Some(columns) = opened.columns().cloned() {
        notes.insert(0, RowError::of(&mut opened, set).note(&columns.names));
    }
    notes.splice(0..0, words::notes(&measures, &baseline::numbers(&opened, &splits, settings)));
    let text = text(&opened, set, split, &measures, &notes, &files, speed);
    let mut json = json!({
        "run": opened.dir.path().display().to_string(),
        "data": set.name(),
        "split": split,
        "checkpoint": opened.trained.slot.name(),
        "epoch": opened.trained.epoch,
        "images": set.len(),
        "images_per_second": speed,
    });
    for measure in &measures {
        json[measure.name] = json!(measure.value);
    }
    if arguments.full {
        json["notes"] = json!(notes);
        json["files"] = files.iter().map(|file| file.display().to_string()).collect();
    }
    Ok(Outcome::answer(text, json).interrupted(is_asked_to_stop()))
}

/// The terms of the loss, the total first.
pub const TERMS: [&str; 4] = ["total", "reconstruction", "kl", "code_l1"];

/// The loss over all of `set`, and its terms as measures.
pub fn losses(opened: &mut Opened, set: &Dataset) -> Result<(Terms, Vec<Measure>), Failure> {
    let terms = opened.trained.evaluate(set)?;
    let named = named_terms(&terms, opened.trained.model.network());
    let measure = |name: &&'static str| named.get(*name).map(|value| Measure::new(name, *value, set.len()));
    Ok((terms, TERMS.iter().filter_map(measure).collect()))
}

/// How close the reconstructions of all of `set` are, and of a denoiser its noisy inputs, in chunks; nothing where
/// images cannot be compared.
pub fn quality(opened: &mut Opened, set: &Dataset, settings: &Settings) -> Result<Vec<Measure>, Failure> {
    let all: Vec<usize> = (0..set.len()).collect();
    let measures = compared(opened, set, &all, settings)?.measures();
    // Rows of a table, and images too small for SSIM.
    Ok(if measures.is_empty() { vec![RowError::of(opened, set).measure()] } else { measures })
}

/// How close images are to what they should be.
pub struct Compared {
    /// What the network gives.
    pub outputs: Vec<ImageQuality>,
    /// What it is given, of a denoiser.
    pub inputs: Vec<ImageQuality>,
}

impl Compared {
    /// The averages.
    pub fn measures(&self) -> Vec<Measure> {
        let named = |names: [&'static str; 3], quality: &[ImageQuality]| -> Vec<Measure> {
            let Some(mean) = MeanQuality::of(quality) else { return Vec::new() };
            let values = names.into_iter().zip([mean.mse, mean.psnr, mean.ssim]);
            values.map(|(name, value)| Measure::new(name, value, quality.len())).collect()
        };
        let mut measures = named(["mse", "psnr", "ssim"], &self.outputs);
        measures.extend(named(["noisy_mse", "noisy_psnr", "noisy_ssim"], &self.inputs));
        measures
    }
}

/// Compares the images of `set` at `indices` with what the network makes of them; none where they are too small.
pub fn compared(
    opened: &mut Opened,
    set: &Dataset,
    indices: &[usize],
    settings: &Settings,
) -> Result<Compared, Failure> {
    let seen = opened.trained.seen(set);
    let is_denoiser = opened.trained.recipe.data.input.noise.is_some();
    let chunk = settings.memory.images_at_a_time(opened.trained.model.network().input.len(), 4, CHUNK);
    let stage = Stage::new(&settings.console, "reconstructions", indices.len().div_ceil(chunk) as u64);
    let mut found = Compared { outputs: Vec::with_capacity(indices.len()), inputs: Vec::new() };
    for chunk in indices.chunks(chunk) {
        let made = opened.reconstruct_at(&seen, chunk);
        if !made.targets.are_comparable() {
            break;
        }
        let (targets, shape) = (&made.targets.pixels, made.targets.shape);
        found.outputs.extend(image_quality(targets, &made.outputs.pixels, shape)?);
        if is_denoiser {
            found.inputs.extend(image_quality(targets, &made.inputs.pixels, shape)?);
        }
        stage.step();
    }
    Ok(found)
}

/// Adds what was found to the run's metrics. What an earlier evaluation of the same weights and images found
/// besides stays.
pub fn keep(
    opened: &Opened,
    split: &str,
    images: usize,
    measures: &[Measure],
    notes: &[String],
) -> Result<(), Failure> {
    let mut metrics = stored(&opened.dir)?;
    let weights_sha256 = opened.trained.weights_sha256.clone();
    let kept = metrics.splits.entry(split.to_owned()).or_default();
    if kept.weights_sha256 != weights_sha256 || kept.images != images as u64 {
        *kept = SplitMetrics { images: images as u64, weights_sha256, ..SplitMetrics::default() };
    }
    let loss = loss_unit(&opened.trained.recipe.objective);
    for measure in measures {
        let unit = TERMS.contains(&measure.name).then_some(loss);
        kept.metrics.insert(measure.name.to_owned(), measure.kept(split, unit));
    }
    if !notes.is_empty() {
        kept.notes = notes.to_vec();
    }
    Ok(opened.dir.write(&metrics)?)
}

/// The run's metrics; none yet if it was never evaluated.
pub fn stored(run: &RunDir) -> Result<Metrics, Failure> {
    match run.read::<Metrics>() {
        Err(error) if error.is_not_found() => Ok(Metrics::default()),
        found => Ok(found?),
    }
}

fn text(
    opened: &Opened,
    set: &Dataset,
    split: &str,
    measures: &[Measure],
    notes: &[String],
    files: &[PathBuf],
    speed: f64,
) -> String {
    let loss = loss_unit(&opened.trained.recipe.objective);
    let total = measures.iter().find(|measure| measure.name == "total").map(|measure| measure.value);
    let rows: Vec<Vec<String>> = measures
        .iter()
        .map(|measure| {
            // The terms of the loss are seen to add up.
            let is_term = TERMS.contains(&measure.name);
            let whole = total.filter(|_| is_term).unwrap_or(measure.value);
            let unit = if is_term { loss.to_owned() } else { hint(measure.name) };
            let error =
                measure.standard_error.map_or_else(String::new, |error| format!("± {}", value(error)));
            vec![measure.name.to_owned(), part(measure.value, whole), error, unit]
        })
        .collect();
    let (slot, epoch) = (opened.trained.slot.name(), opened.trained.epoch);
    let run = opened.dir.path().display();
    let (images, items) = (grouped(set.len()), if set.columns().is_some() { "rows" } else { "images" });
    let speed = grouped(speed as u64);
    let mut text =
        format!("{run}, {slot} checkpoint (epoch {epoch}), {images} {split} {items} of {}\n\n", set.name());
    text += &table(&rows);
    let of: Vec<&Measure> = measures.iter().filter(|measure| measure.of.is_some()).collect();
    for same in of.chunk_by(|a, b| a.of == b.of) {
        let names: Vec<&str> = same.iter().map(|measure| measure.name).collect();
        text += &format!("\n{}: {}", names.join(", "), same[0].of.as_deref().unwrap_or_default());
    }
    if !of.is_empty() {
        text.push('\n');
    }
    for note in notes {
        text += &format!("\nnote: {note}");
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    text += &format!("\n{speed} {items}/s\n");
    for file in files {
        text += &format!("  {}\n", file.display());
    }
    text
}
