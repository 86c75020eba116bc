//! `anomalies`: which images a model finds strange, and how well that finds a class that it has not seen.

use std::path::{Path, PathBuf};

use latentlab::analysis::{Detection, detection, most_anomalous};
use latentlab::report::{RocCurve, RocCurves};
use serde_json::{Value, json};

use crate::anomaly_scores::{Score, Scores, anomalous_labels, warn_if_learned};
use crate::arrays::{RowTable, TableFormat, Values};
use crate::comparison;
use crate::data_source::Split;
use crate::destination::{check_file, figure_name, write_in_run};
use crate::failure::Failure;
use crate::numbers::{grouped, size, table, value};
use crate::opened::{Chosen, ImageArguments, Opened, RunArguments};
use crate::outcome::Outcome;
use crate::row_names::RowNames;
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
    let known = anomalous(&arguments, &opened, &images, settings)?;
    let scores = Scores::of(&mut opened, &seen, set.len(), u64::from(arguments.samples), &settings.console)?;
    let ranking = scores.by(arguments.score).unwrap_or_default();
    let strangest = most_anomalous(ranking, usize::from(arguments.n))?;
    // Rows of a table are no pictures.
    let mut files = match opened.columns() {
        Some(_) => Vec::new(),
        None => {
            let drawn = draw_strangest(&mut opened, &images, &strangest, ranking, &arguments);
            Failure::unless_unkept(drawn, &settings.console)?
        }
    };

    let mut found = Vec::new();
    if let Some(Anomalous { names, marks }) = &known {
        for (score, scores) in scores.all() {
            found.push((*score, detection(scores, marks)?));
        }
        files.extend(Failure::unless_unkept(
            draw_roc(&opened, names, &found, arguments.images.are_own(&opened)),
            &settings.console,
        )?);
    }
    if let Some((out, format)) = format {
        write_scores(out, format, &images, &scores, known.as_ref().map(|known| known.marks.as_slice()))?;
        files.push(out.clone());
    }
    Ok(outcome(
        &arguments,
        &images,
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
    images: &Chosen,
    settings: &Settings,
) -> Result<Option<Anomalous>, Failure> {
    let set = &images.set;
    let own_data = arguments.images.are_own(opened);
    let excluded = &opened.trained.recipe.data.exclude_classes;
    let by_itself = arguments.classes.is_empty() && own_data && excluded.is_empty();
    let names = match (&arguments.classes[..], own_data) {
        ([], true) if excluded.is_empty() => images.strangers(),
        ([], true) => excluded.clone(),
        (given, _) => given.to_vec(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    let numbers = anomalous_labels(set, &names, "--anomalous-class")?;
    if by_itself {
        let options: Vec<String> = names.iter().map(|name| format!("--anomalous-class {name}")).collect();
        settings.console.note(format_args!(
            "{}: all training images are of one class, so every other counts as anomalous",
            options.join(" ")
        ));
    } else if own_data {
        let learned: Vec<&str> =
            names.iter().filter(|name| images.learned.contains(*name)).map(String::as_str).collect();
        warn_if_learned(&learned, &opened.dir, &settings.console);
    }
    let marks: Vec<bool> =
        set.labels().unwrap_or_default().iter().map(|label| numbers.contains(label)).collect();
    let anomalous = marks.iter().filter(|mark| **mark).count();
    if by_itself && anomalous == marks.len() {
        return Ok(None);
    }
    if anomalous == 0 || anomalous == marks.len() {
        let part = match arguments.images.files {
            Some(_) => String::new(),
            None => format!("{} ", arguments.images.set.part(opened).name()),
        };
        let all = grouped(marks.len());
        return Err(Failure::mistake(format!(
            "--anomalous-class {}: {} of the {all} {part}images are of it; there must be some of both kinds",
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
    arguments: &Arguments,
) -> Result<Vec<PathBuf>, Failure> {
    // Noise and binarisation are functions of an image's position in the whole set.
    let made = opened.reconstruct_at(&images.seen(), strangest);
    let captions: Vec<String> = strangest.iter().map(|index| value(scores[*index])).collect();
    let titles: Vec<String> = strangest
        .iter()
        .map(|index| match (images.set.file_name(*index), images.set.class(*index)) {
            (Some(file), _) => ending(file),
            (None, Some(class)) => format!("#{index} · {class}"),
            (None, None) => format!("#{index}"),
        })
        .collect();
    let title = format!("Strangest images by {}", arguments.score.name());
    let figure = comparison::strangest(&made, &titles, captions, &title)?;
    let name = figure_name("anomalies", arguments.images.are_own(opened));
    write_in_run(&opened.dir, &name, &figure)
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
    are_own: bool,
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
    write_in_run(&opened.dir, &figure_name("roc", are_own), &figure)
}

fn write_scores(
    out: &Path,
    format: TableFormat,
    images: &Chosen,
    scores: &Scores,
    marks: Option<&[bool]>,
) -> Result<(), Failure> {
    let names = RowNames::of(&images.set);
    let mut table = RowTable::new(images.set.len());
    names.add_places(&mut table);
    for (score, values) in scores.all() {
        table.add(score.key(), Values::Doubles(values.clone()));
    }
    names.add_classes(&mut table);
    if let Some(marks) = marks {
        table.add("anomalous", Values::Marks(marks.to_vec()));
    }
    table.write(out, format)
}

fn outcome(
    arguments: &Arguments,
    images: &Chosen,
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
    let (set, split) = (&images.set, images.part.map(Split::name));
    let (images, name) = (size(set), set.name());
    let mut text = match split {
        Some("all") | None => format!("{images} in {name}"),
        Some(split) => format!("{images}, {split} split of {name}"),
    };
    if let (Some(names), Some((_, detection))) = (names, found.first()) {
        let anomalous = grouped(detection.anomalous);
        text += &format!("; {anomalous} of class {} are the anomalies", names.join(", "));
    }
    text += &format!("\n\n{}\n", table(&rows));
    if set.columns().is_some() {
        let row = |index: &usize| {
            set.file_name(*index).map_or_else(|| set.position(*index).to_string(), str::to_owned)
        };
        let listed: Vec<String> = strangest.iter().map(row).collect();
        text += &format!("strangest rows by {}: {}\n", arguments.score.name(), listed.join(", "));
    }
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
