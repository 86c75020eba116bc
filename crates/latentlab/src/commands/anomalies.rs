//! `anomalies`: which images a model finds strange, and how well that finds a class that it has not seen.

use std::path::PathBuf;

use latentlab::analysis::{Detection, detection, most_anomalous};
use latentlab::data::Dataset;
use latentlab::report::{RocCurve, RocCurves};
use latentlab::run::atomic_write;
use serde_json::{Value, json};

use crate::anomaly_scores::{Score, Scores, anomalous_labels, warn_if_learned};
use crate::arrays::{Csv, Npz, TableFormat};
use crate::comparison;
use crate::destination::{check_file, write_in_run};
use crate::failure::Failure;
use crate::numbers::{count, grouped, table, value};
use crate::opened::{Chosen, ImageArguments, Opened, RunArguments};
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
    /// left out]
    #[arg(
        long = "anomalous-class",
        visible_alias = "hold-out",
        value_name = "CLASS",
        conflicts_with = "files"
    )]
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
    let format = match &arguments.out {
        Some(out) => {
            let format = TableFormat::of(out)?;
            check_file(out, arguments.force)?;
            Some((out, format))
        }
        None => None,
    };
    let mut opened = arguments.run.open(settings)?;
    if arguments.score != Score::Reconstruction && !opened.trained.model.network().is_variational() {
        let run = opened.dir.path().display();
        let failure =
            Failure::mistake(format!("--score: {run} is a plain autoencoder, which has no KL and no ELBO"));
        return Err(failure.hint("without --score the reconstruction error ranks the images"));
    }
    let images = arguments.images.open(&opened, settings)?;
    let (set, seen) = (&images.set, images.seen());
    let known = anomalous(&arguments, &opened, set, settings)?;
    let scores = Scores::of(&mut opened, &seen, set.len(), u64::from(arguments.samples), &settings.console)?;
    let ranking = scores.by(arguments.score).unwrap_or_default();
    let strangest = most_anomalous(ranking, usize::from(arguments.n))?;
    let mut files = draw_strangest(&mut opened, &images, &strangest, ranking, arguments.score)?;

    let mut found = Vec::new();
    if let Some(Anomalous { names, marks }) = &known {
        for (score, scores) in scores.all() {
            found.push((*score, detection(scores, marks)?));
        }
        files.extend(draw_roc(&opened, names, &found)?);
    }
    if let Some((out, format)) = format {
        write_scores(out, format, &images, &scores, known.as_ref().map(|known| known.marks.as_slice()))?;
        files.push(out.clone());
    }
    Ok(outcome(
        &arguments,
        set,
        &scores,
        &strangest,
        known.as_ref().map(|known| known.names.as_slice()),
        &found,
        &files,
    ))
}

/// What is known to be anomalous.
struct Anomalous {
    /// The classes by name.
    names: Vec<String>,
    /// Whether each image is of them.
    marks: Vec<bool>,
}

/// `None` where nothing is known to be anomalous.
fn anomalous(
    arguments: &Arguments,
    opened: &Opened,
    set: &Dataset,
    settings: &Settings,
) -> Result<Option<Anomalous>, Failure> {
    let own_data = arguments.images.set.data.is_none() && arguments.images.files.is_none();
    let names = match (&arguments.classes[..], own_data) {
        ([], true) => opened.trained.recipe.data.exclude_classes.clone(),
        (given, _) => given.to_vec(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    let numbers = anomalous_labels(set, &names, "--anomalous-class")?;
    if own_data {
        warn_if_learned(opened, &names, &opened.dir, &settings.console);
    }
    let marks: Vec<bool> =
        set.labels().unwrap_or_default().iter().map(|label| numbers.contains(label)).collect();
    let anomalous = marks.iter().filter(|mark| **mark).count();
    if anomalous == 0 || anomalous == marks.len() {
        let (split, all) = (arguments.images.set.split.name(), grouped(marks.len()));
        return Err(Failure::mistake(format!(
            "--anomalous-class {}: {} of the {all} {split} images are of it; there must be some of both kinds",
            names.join(","),
            grouped(anomalous)
        )));
    }
    Ok(Some(Anomalous { names, marks }))
}

fn draw_strangest(
    opened: &mut Opened,
    images: &Chosen,
    strangest: &[usize],
    scores: &[f64],
    score: Score,
) -> Result<Vec<PathBuf>, Failure> {
    // Noise and binarisation are functions of an image's position in the whole set.
    let made = opened.reconstruct_at(&images.seen(), strangest);
    let captions: Vec<String> = strangest.iter().map(|index| value(scores[*index])).collect();
    let titles: Vec<String> = strangest
        .iter()
        .map(|index| match (&images.files, images.set.label(*index)) {
            (Some(files), _) => ending(&files[*index]),
            (None, Some(label)) => format!("#{index} · {}", images.set.classes()[label as usize]),
            (None, None) => format!("#{index}"),
        })
        .collect();
    let title = format!("Strangest images by {}", score.name());
    let figure = comparison::strangest(&made, &titles, captions, &title)?;
    write_in_run(&opened.dir, "anomalies", &figure)
}

/// The end of a file's name, by which files of a folder differ, short enough to stand below an image.
fn ending(file: &str) -> String {
    const LONGEST: usize = 18;
    match file.chars().count() {
        length if length > LONGEST => {
            format!("…{}", file.chars().skip(length - LONGEST + 1).collect::<String>())
        }
        _ => file.to_owned(),
    }
}

fn draw_roc(
    opened: &Opened,
    names: &[String],
    found: &[(Score, Detection)],
) -> Result<Vec<PathBuf>, Failure> {
    let points: Vec<Vec<[f64; 2]>> = found
        .iter()
        .map(|(_, detection)| {
            let point =
                |point: &latentlab::analysis::RocPoint| [point.false_positive_rate, point.true_positive_rate];
            detection.curve.iter().map(point).collect()
        })
        .collect();
    let curves: Vec<RocCurve> = found
        .iter()
        .zip(&points)
        .map(|((score, detection), points)| RocCurve { name: score.name(), points, auroc: detection.auroc })
        .collect();
    let title = format!("Finding images of class {}", names.join(", "));
    let figure = RocCurves { title: Some(&title), ..RocCurves::new(&curves) }.draw()?;
    write_in_run(&opened.dir, "roc", &figure)
}

fn write_scores(
    out: &PathBuf,
    format: TableFormat,
    images: &Chosen,
    scores: &Scores,
    marks: Option<&[bool]>,
) -> Result<(), Failure> {
    let (set, n) = (&images.set, images.set.len());
    match format {
        TableFormat::Npz => {
            let mut npz = Npz::default();
            for (score, values) in scores.all() {
                npz.add(score.key(), &[n], values.clone())?;
            }
            if let Some(labels) = set.labels() {
                npz.add("label", &[n], labels.into_iter().map(i64::from).collect())?;
            }
            if let Some(marks) = marks {
                npz.add("anomalous", &[n], marks.to_vec())?;
            }
            npz.write(out)
        }
        TableFormat::Csv => {
            let mut csv = Csv::default();
            match images.files.clone() {
                Some(files) => csv.add("file", move |row| files[row].clone()),
                None => csv.add("image", |row| row.to_string()),
            }
            for (score, values) in scores.all() {
                let values = values.clone();
                csv.add(score.key(), move |row| values[row].to_string());
            }
            if let Some(labels) = set.labels() {
                let classes = set.classes().to_vec();
                let of = labels.clone();
                csv.add("label", move |row| of[row].to_string());
                csv.add("class", move |row| classes[labels[row] as usize].clone());
            }
            if let Some(marks) = marks.map(<[bool]>::to_vec) {
                csv.add("anomalous", move |row| u8::from(marks[row]).to_string());
            }
            Ok(atomic_write(out, csv.text(n).as_bytes())?)
        }
    }
}

fn outcome(
    arguments: &Arguments,
    set: &Dataset,
    scores: &Scores,
    strangest: &[usize],
    names: Option<&[String]>,
    found: &[(Score, Detection)],
    files: &[PathBuf],
) -> Outcome {
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
        if let Some((_, detection)) = found.iter().find(|(other, _)| other == score) {
            row.extend([format!("{:.4}", detection.auroc), format!("{:.4}", detection.average_precision)]);
            entry["auroc"] = json!(detection.auroc);
            entry["average_precision"] = json!(detection.average_precision);
        }
        rows.push(row);
        entries.insert(score.key().to_owned(), entry);
    }
    let split = arguments.images.files.is_none().then(|| arguments.images.set.split.name());
    let (images, name) = (count(set.len(), "image"), set.name());
    let mut text = match split {
        Some(split) => format!("{images}, {split} split of {name}"),
        None => format!("{images} in {name}"),
    };
    if let (Some(names), Some((_, detection))) = (names, found.first()) {
        let anomalous = grouped(detection.anomalous);
        text += &format!("; {anomalous} of class {} are the anomalies", names.join(", "));
    }
    text += &format!("\n\n{}\n", table(&rows));
    for file in files {
        text += &format!("  {}\n", file.display());
    }
    let listed: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let outcome = Outcome::answer(text, Value::Object(entries)).with("files", listed);
    let outcome = outcome.with("split", split).with("images", set.len());
    let outcome = outcome.with("strangest", strangest.to_vec()).with("ranked_by", arguments.score.key());
    match names {
        Some(names) => outcome
            .with("anomalous_classes", names.to_vec())
            .with("anomalous", found.first().map_or(0, |(_, detection)| detection.anomalous)),
        None => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(ending("cats/00017.png"), "cats/00017.png");
        assert_eq!(ending("a-photograph-of-été-2026.png"), "…h-of-été-2026.png");
        assert_eq!(ending("a-photograph-of-été-2026.png").chars().count(), 18);
    }
}
