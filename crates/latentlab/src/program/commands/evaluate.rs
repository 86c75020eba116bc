//! `evaluate`: how good a run is on a whole split.

use std::path::PathBuf;

use crate::data::Noise;
use crate::lab::Run;
use crate::lab::evaluation::full::Features;
use crate::lab::evaluation::{Evaluation, FullOptions, evaluate, evaluate_shard, join_evaluation};
use crate::lab::losses::loss_unit;
use crate::lab::measures::{Measure, hint};
use crate::lab::numbers::{grouped, part, table, value};
use crate::lab::runs::SplitRequest;
use crate::network::Term;
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::image_arguments::{RunArguments, SplitArguments, joined_noise};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;
use crate::program::shard_arguments::{PartFile, ShardArguments};

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
///
/// --shard shares a large set between processes, on as many machines; --merge joins their parts to the same numbers, and
/// refuses what does not belong together. --full looks at all codes at once, and takes neither.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab evaluate runs/mnist-mlp-vae-1
  latentlab evaluate runs/mnist-mlp-vae-1 --full
  latentlab evaluate runs/mnist-mlp-vae-1 --split valid --json
  latentlab evaluate runs/photos-denoiser-1 --noise poisson:30,jpeg:40
  latentlab evaluate runs/mnist-mlp-vae-1 --checkpoint last --data-dir ~/data
  latentlab evaluate runs/faces-1 --split all --shard 2/8 --out all-2.part     one of eight processes
  latentlab evaluate runs/faces-1 --split all --merge all-*.part")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// On which images.
    #[command(flatten)]
    pub images: SplitArguments,

    /// Noise on what the network sees, in place of its recipe's: gaussian:σ, poisson:PHOTONS, salt:PART, blur:PIXELS,
    /// jpeg:QUALITY, several with commas between; a number alone is Gaussian. The run keeps none of what is measured so
    #[arg(long, value_name = "NOISE", allow_hyphen_values = true)]
    pub noise: Vec<Noise>,

    /// Measure everything that applies
    #[arg(long, conflicts_with_all = ["shard", "merge"])]
    pub full: bool,

    /// Importance samples per image, of the likelihood
    #[arg(long, value_name = "K", default_value = "64", requires = "full", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: u32,

    /// Where generated and real images are compared
    #[arg(long, value_enum, default_value = "pixels", requires = "full")]
    pub features: Features,

    /// Which rows.
    #[command(flatten)]
    pub shards: ShardArguments,

    /// File for what a shard came to: .part
    #[arg(short, long, value_name = "FILE", requires = "shard")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// Measures.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let stop = settings
        .stop_flag("finishing the part at work, keeping what was measured", "keeping what is written")?;
    let shard = arguments.shards.shard;
    let part =
        shard.map(|shard| PartFile::new(arguments.out.as_deref(), shard, arguments.force)).transpose()?;
    let mut run = arguments.run.open(settings)?;
    let full = FullOptions { samples: arguments.samples, features: arguments.features };
    let full = arguments.full.then_some(full);
    let request = SplitRequest { noise: joined_noise(&arguments.noise)?, ..arguments.images.request() };
    if let (Some(shard), Some(file)) = (shard, part) {
        let Some(part) = evaluate_shard(&mut run, &request, shard, &stop, &settings.lab)? else {
            return Ok(Outcome::done("", json!({})).interrupted(true));
        };
        settings.lab.check_images()?;
        return file.write(&part, shard);
    }
    let evaluation = match arguments.shards.merge.as_slice() {
        [] => evaluate(&mut run, &request, full, &stop, &settings.lab)?,
        parts => join_evaluation(&mut run, &request, parts, &settings.lab)?,
    };
    let mut json = json!({
        "run": run.dir.path().display().to_string(),
        "data": evaluation.data,
        "split": evaluation.split.name(),
        "checkpoint": run.trained.slot.name(),
        "epoch": run.trained.epoch,
        "images": evaluation.images,
        "images_per_second": evaluation.images_per_second,
    });
    for measure in &evaluation.measures {
        json[measure.name] = json!(measure.value);
    }
    if arguments.full {
        json["notes"] = json!(evaluation.notes);
        json["files"] = evaluation.figures.iter().map(|file| file.display().to_string()).collect();
    }
    Ok(Outcome::answer(text(&run, &evaluation), json).interrupted(evaluation.interrupted))
}

fn text(run: &Run, evaluation: &Evaluation) -> String {
    let Evaluation { data, measures, notes, figures, .. } = evaluation;
    let loss = loss_unit(&run.trained.recipe.objective);
    let total = evaluation.value("total");
    let rows: Vec<Vec<String>> = measures
        .iter()
        .map(|measure| {
            // The terms of the loss are seen to add up.
            let is_term = Term::named(measure.name).is_some();
            let whole = total.filter(|_| is_term).unwrap_or(measure.value);
            let unit = if is_term { loss.to_owned() } else { hint(measure.name) };
            let error =
                measure.standard_error.map_or_else(String::new, |error| format!("± {}", value(error)));
            vec![measure.name.to_owned(), part(measure.value, whole), error, unit]
        })
        .collect();
    let (slot, epoch, split) = (run.trained.slot.name(), run.trained.epoch, evaluation.split.name());
    let folder = run.dir.path().display();
    let (images, items) = (grouped(evaluation.images), if evaluation.are_rows { "rows" } else { "images" });
    let mut text =
        format!("{folder}, {slot} checkpoint (epoch {epoch}), {images} {split} {items} of {data}\n\n");
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
    text += &format!("\n{} {items}/s\n", grouped(evaluation.images_per_second as u64));
    for file in figures {
        text += &format!("  {}\n", file.display());
    }
    text
}
