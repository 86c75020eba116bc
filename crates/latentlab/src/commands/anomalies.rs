//! `anomalies`: which images a model finds strange, and how well that finds a class that it has not seen.

use std::path::PathBuf;

use latentlab::lab::Split;
use latentlab::lab::anomalies::{Anomalies, AnomalyOptions, Score, score};
use latentlab::lab::arrays::TableFormat;
use latentlab::lab::numbers::{grouped, size, table, value};
use serde_json::{Value, json};

use crate::destination::check_file;
use crate::failure::Failure;
use crate::image_arguments::{ImageArguments, RunArguments};
use crate::outcome::Outcome;
use crate::settings::Settings;

/// Score every image by how strange the model finds it, and draw the strangest
///
/// Scores are in nats where the loss is one, and higher is stranger: reconstruction error, KL, and −ELBO (of a
/// plain autoencoder the first alone). The strangest images are drawn over their reconstructions
/// (figures/anomalies). Where a class was held out of training (data.exclude_classes), or --anomalous-class names
/// one, AUROC and average precision say how well each score finds it, and the ROC curves are drawn (figures/roc).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab anomalies runs/mnist-mlp-vae-1
  latentlab anomalies runs/mnist-mlp-vae-1 --score neg-elbo -n 40 --out scores.csv
  latentlab anomalies runs/photos-vae-1 --images new-photos/ --out scores.csv
  latentlab anomalies runs/parts-vae-1 --images test/ --anomalous-class scratch     sub-folders are classes
  latentlab train mnist-mlp-vae --set 'data.exclude_classes=[\"7\"]'     a model that has never seen a 7
  latentlab anomalies runs/mnist-mlp-vae-2                             … and how well it finds them")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Which images.
    #[command(flatten)]
    pub images: ImageArguments,

    /// What ranks the images that are drawn
    #[arg(long, value_enum, default_value = "reconstruction")]
    pub score: Score,

    /// Class that counts as anomalous; may be given more than once [default: the classes that the run's training
    /// left out; where all training images are of one class, every other]
    #[arg(long = "anomalous-class", visible_alias = "hold-out", value_name = "CLASS")]
    pub classes: Vec<String>,

    /// How many of the strangest images to draw
    #[arg(short, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub n: u16,

    /// Draws of each posterior that the ELBO is averaged over
    #[arg(long, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub samples: u16,

    /// File for the scores of all images: .csv or .npz
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// Scores, judges and draws.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let table = match &arguments.out {
        Some(out) => {
            let format = TableFormat::of(out)?;
            check_file(out, arguments.force)?;
            Some((out, format))
        }
        None => None,
    };
    let mut run = arguments.run.open(settings)?;
    let options = AnomalyOptions {
        score: arguments.score,
        classes: arguments.classes,
        drawn: arguments.n.into(),
        samples: arguments.samples.into(),
    };
    let found = score(&mut run, &arguments.images.request(), &options, &settings.lab)?;
    let mut files = found.figures.clone();
    if let Some((out, format)) = table {
        found.table().write(out, format)?;
        files.push(out.clone());
    }
    Ok(outcome(&found, &files))
}

fn outcome(found: &Anomalies, files: &[PathBuf]) -> Outcome {
    let Anomalies { images, scores, score: ranked_by, strangest, known, detections, .. } = found;
    let names = known.as_ref().map(|known| known.names.as_slice());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut head = vec!["score".to_owned(), "mean".to_owned(), "highest".to_owned()];
    if names.is_some() {
        head.extend(["AUROC".to_owned(), "average precision".to_owned()]);
    }
    let mut rows = vec![head];
    let mut entries = serde_json::Map::new();
    for (score, values) in scores.all() {
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut row = vec![score.name().to_owned(), value(mean(values)), value(highest)];
        let mut entry = json!({ "mean": mean(values), "highest": highest });
        if let Some((_, detection)) = detections.iter().find(|(other, _)| other == score) {
            row.extend([format!("{:.4}", detection.auroc), format!("{:.4}", detection.average_precision)]);
            entry["auroc"] = json!(detection.auroc);
            entry["average_precision"] = json!(detection.average_precision);
        }
        rows.push(row);
        entries.insert(score.key().to_owned(), entry);
    }
    let (set, split) = (&images.set, images.part.map(Split::name));
    let (images, name) = (size(set), set.name());
    let mut text = match split {
        Some("all") | None => format!("{images} in {name}"),
        Some(split) => format!("{images}, {split} split of {name}"),
    };
    if let (Some(names), Some((_, detection))) = (names, detections.first()) {
        let anomalous = grouped(detection.anomalous);
        text += &format!("; {anomalous} of class {} are the anomalies", names.join(", "));
    }
    text += &format!("\n\n{}\n", table(&rows));
    if set.columns().is_some() {
        let row = |index: &usize| {
            set.file_name(*index).map_or_else(|| set.position(*index).to_string(), str::to_owned)
        };
        let listed: Vec<String> = strangest.iter().map(row).collect();
        text += &format!("strangest rows by {}: {}\n", ranked_by.name(), listed.join(", "));
    }
    for file in files {
        text += &format!("  {}\n", file.display());
    }
    let listed: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let outcome = Outcome::answer(text, Value::Object(entries)).with("files", listed);
    let outcome = outcome.with("split", split).with("images", set.len());
    let outcome = outcome.with("strangest", strangest.to_vec()).with("ranked_by", ranked_by.key());
    match names {
        Some(names) => outcome
            .with("anomalous_classes", names.to_vec())
            .with("anomalous", detections.first().map_or(0, |(_, detection)| detection.anomalous)),
        None => outcome,
    }
}
