//! `anomalies`: which images a model finds strange, and how well that finds a class that it has not seen.

mod tiled;

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::analysis::ThresholdMethod;
use crate::lab::Split;
use crate::lab::anomalies::{Anomalies, AnomalyOptions, Heat, Score, join_scores, score, score_shard};
use crate::lab::arrays::{Npz, TableFormat, Values};
use crate::lab::numbers::{grouped, size, table, value};
use crate::lab::pictures::Pictures;
use crate::lab::runs::ImageSelection;
use serde_json::{Value, json};

use self::tiled::TileRequest;
use crate::program::destination::{TableFile, check_file, check_folder, write_in_folder};
use crate::program::failure::Failure;
use crate::program::image_arguments::{ImageArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;
use crate::program::shard_arguments::{PartFile, ShardArguments};

/// Score every image by how strange the model finds it, and draw the strangest
///
/// Scores are in nats where the loss is one, and higher is stranger: reconstruction error, KL, −ELBO, and the hottest
/// pixel of the heat map (of a plain autoencoder the first and the last). An image is flagged where it scores higher than
/// all but --false-positives of the run's validation images, which are taken for normal (figures/scores). Heat maps show
/// where: how far each pixel of an image, and of what its reconstruction lacks, lies from normal ones (brightness or colour,
/// and the energy of fine, middle and coarse detail; Mahalanobis distance, as in PaDiM), in standard deviations above
/// those. What normal images are like is kept in the run (normal.safetensors), which then needs its data no more. The
/// strangest images are drawn over their reconstructions and heat maps (figures/anomalies), and so are those next to the
/// threshold (figures/borderline).
///
/// Where a class was held out of training (data.exclude_classes), all training images are of one class, or
/// --anomalous-class names some, AUROC, average precision, precision, recall and F1 say how well it is found
/// (figures/roc). Masks of what is anomalous (ground_truth/CLASS/NAME_mask.png, as MVTec has them) give the pixels' AUROC
/// and the per-region overlap.
///
/// --shard shares a large set between processes, on as many machines; --merge joins their parts to the same scores, verdicts
/// and figures, and refuses what does not belong together. Overlays are drawn by shards; heat maps of all images, and what is
/// measured of them, are not among parts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab anomalies runs/mnist-mlp-vae-1
  latentlab anomalies runs/mnist-mlp-vae-1 --score neg-elbo -n 40 --out scores.csv
  latentlab anomalies runs/photos-vae-1 --images new-photos/ --out scores.csv
  latentlab anomalies runs/parts-vae-1 --images new/ --overlays where/ --fail     exit code 3 if any
  latentlab anomalies runs/cloth-ae-1 --images rolls/ --tiles --overlays where/    pictures larger than the run's patches
  latentlab anomalies runs/parts-vae-1 --images test/ --anomalous-class scratch     sub-folders are classes
  latentlab anomalies runs/parts-vae-1 --images new/ --shard 2/8 --out new-2.part     one of eight processes
  latentlab anomalies runs/parts-vae-1 --images new/ --merge new-*.part --out scores.csv
  latentlab train mnist-mlp-vae --set 'data.exclude_classes=[\"7\"]'     a model that has never seen a 7
  latentlab anomalies runs/mnist-mlp-vae-2                             … and how well it finds them")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Which images.
    #[command(flatten)]
    pub images: ImageArguments,

    /// What ranks the images that are drawn, and flags [default: heat-map, where there are normal images to compare
    /// with; else reconstruction]
    #[arg(long, value_enum)]
    pub score: Option<Score>,

    /// Class that counts as anomalous; may be given more than once [default: the classes that the run's training
    /// left out; where all training images are of one class, every other]
    #[arg(long = "anomalous-class", visible_alias = "hold-out", value_name = "CLASS")]
    pub classes: Vec<String>,

    /// Share of normal images that may be flagged: 1% or 0.01
    #[arg(long, value_name = "P", default_value = "1%", value_parser = share)]
    pub false_positives: f64,

    /// Folder of masks of what is anomalous [default: ground_truth in the data's folder, or beside it]
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["shard", "merge"])]
    pub masks: Option<PathBuf>,

    /// End with exit code 3 if any image is flagged
    #[arg(long, conflicts_with = "shard")]
    pub fail: bool,

    /// Look at the pictures of --images at their own size, through overlapping tiles of the run's: for a run that was
    /// trained on patches of such pictures
    #[arg(long, requires = "files", conflicts_with_all = ["classes", "masks", "heat_maps", "n", "score", "shard", "merge"])]
    pub tiles: bool,

    /// How many of the strangest images to draw
    #[arg(short, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub n: u16,

    /// Draws of each posterior that the ELBO is averaged over
    #[arg(long, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub samples: u16,

    /// Which rows.
    #[command(flatten)]
    pub shards: ShardArguments,

    /// File for the scores of all images: .csv or .npz; of a shard .part
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Folder for one PNG per image with its hot places in colour
    #[arg(long, value_name = "FOLDER", conflicts_with = "merge")]
    pub overlays: Option<PathBuf>,

    /// File for all heat maps as array `heat` [images, height, width]: .npz
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shard", "merge"])]
    pub heat_maps: Option<PathBuf>,

    /// Overwrite files
    #[arg(long)]
    pub force: bool,
}

/// `1%` or `0.01`.
fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>().map(|number| number / unit) {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("must lie between 0 and 100 %, such as 1% or 0.01".into()),
    }
}

/// Scores, judges and draws.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let shard = arguments.shards.shard;
    let part =
        shard.map(|shard| PartFile::new(arguments.out.as_deref(), shard, arguments.force)).transpose()?;
    let out = arguments.out.as_deref().filter(|_| shard.is_none());
    let table = out.map(|out| TableFile::new(out, arguments.force)).transpose()?;
    if let Some(folder) = &arguments.overlays {
        check_folder(folder, arguments.force)?;
    }
    if let Some(file) = &arguments.heat_maps {
        if TableFormat::by_extension(file) != Some(TableFormat::Npz) {
            return Err(Failure::mistake(format!("--heat-maps {}: must end in .npz", file.display())));
        }
        check_file(file, arguments.force)?;
    }
    let mut run = arguments.run.open(settings)?;
    if arguments.tiles {
        let asked = TileRequest {
            images: arguments.images.request(),
            false_positives: arguments.false_positives,
            samples: arguments.samples.into(),
            overlays: arguments.overlays,
            fail: arguments.fail,
        };
        return tiled::run(&mut run, &asked, table.as_ref(), settings);
    }
    if arguments.overlays.is_some() || arguments.heat_maps.is_some() {
        run.check_images("anomalies --overlays, --heat-maps")?;
    }
    let options = AnomalyOptions {
        score: arguments.score,
        classes: arguments.classes,
        drawn: arguments.n.into(),
        samples: arguments.samples.into(),
        false_positives: arguments.false_positives,
        masks: arguments.masks,
    };
    let request = arguments.images.request();
    if let (Some(shard), Some(file)) = (shard, part) {
        let found = score_shard(&mut run, &request, &options, shard, &settings.lab)?;
        settings.lab.check_images()?;
        if let Some(folder) = &arguments.overlays {
            write_overlays(&found.images, found.rows.clone(), heat(found.heat.as_ref())?, folder)?;
        }
        return file.write(&found.part, shard);
    }
    let (found, mut files) = match arguments.shards.merge.as_slice() {
        [] => score(&mut run, &request, &options, &settings.lab)?,
        parts => join_scores(&mut run, &request, &options, parts, &settings.lab)?,
    };
    if let Some(out) = &table {
        files.push(out.write(&found.table())?);
    }
    if let Some(folder) = &arguments.overlays {
        write_overlays(&found.images, 0..found.images.set.len(), heat(found.heat.as_ref())?, folder)?;
        files.push(folder.clone());
    }
    if let Some(file) = &arguments.heat_maps {
        let heat = heat(found.heat.as_ref())?;
        let mut npz = Npz::default();
        npz.add("heat", &heat.maps.shape, &Values::Floats(heat.maps.values.clone()))?;
        found.table().add_to(&mut npz)?;
        npz.write(file)?;
        files.push(file.clone());
    }
    let is_alarm = arguments.fail && found.verdict.as_ref().is_some_and(|verdict| verdict.count() > 0);
    if arguments.fail && found.verdict.is_none() {
        let failure = Failure::mistake("--fail: there is no threshold, so nothing can be flagged");
        return Err(failure.hint("it takes at least 10 validation images, or what `latentlab anomalies RUN` has kept of them in the run"));
    }
    Ok(outcome(&found, &files).alarmed(is_alarm))
}

fn heat(found: Option<&Heat>) -> Result<&Heat, Failure> {
    found.ok_or_else(|| {
        let failure = Failure::mistake("--overlays, --heat-maps: there are no normal images to compare with");
        failure.hint("run `latentlab anomalies RUN` once where the run's data are, with validation images: it keeps what it takes")
    })
}

/// One PNG for each image at `rows`, of which the heat maps are, under its own name.
fn write_overlays(
    all: &ImageSelection,
    rows: Range<usize>,
    heat: &Heat,
    folder: &Path,
) -> Result<(), Failure> {
    const BATCH: usize = 256;
    let stems = all.stems();
    let (first, rows): (usize, Vec<usize>) = (rows.start, rows.collect());
    for indices in rows.chunks(BATCH) {
        let maps: Vec<usize> = indices.iter().map(|index| index - first).collect();
        let over = heat.some_over(&Pictures::of(&all.set, indices), &maps);
        let images = over.images()?;
        for (place, index) in indices.iter().enumerate() {
            if let Some(picture) = images.picture(place) {
                write_in_folder(folder, &format!("{}.png", stems[*index]), &picture.png()?)?;
            }
        }
    }
    Ok(())
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
    text += &verdict_in_words(found);
    if set.columns().is_some() {
        let row = |index: &usize| {
            set.file_name(*index).map_or_else(|| set.position(*index).to_string(), str::to_owned)
        };
        let listed: Vec<String> = strangest.iter().map(row).collect();
        text += &format!("strangest rows by {}: {}\n", ranked_by.name(), listed.join(", "));
    }
    let outcome = Outcome::answer(text, Value::Object(entries)).with_files(files);
    let outcome = outcome.with("split", split).with("images", set.len());
    let outcome = outcome.with("strangest", strangest.to_vec()).with("ranked_by", ranked_by.key());
    let outcome = with_verdict(outcome, found);
    match names {
        Some(names) => outcome
            .with("anomalous_classes", names.to_vec())
            .with("anomalous", detections.first().map_or(0, |(_, detection)| detection.anomalous)),
        None => outcome,
    }
}

/// What is flagged, and how right that is where it is known.
fn verdict_in_words(found: &Anomalies) -> String {
    let mut text: String = found.sentences().into_iter().map(|sentence| sentence + "\n").collect();
    if text.is_empty() {
        return text;
    }
    let classes = found.flagged_by_class();
    if found.known.is_some() && classes.len() > 1 {
        let mut rows = vec![vec!["class".to_owned(), "images".into(), "flagged".into()]];
        rows.extend(
            classes.iter().map(|(name, flagged, all)| vec![name.clone(), grouped(*all), grouped(*flagged)]),
        );
        text += &format!("\n{}", table(&rows));
    }
    text + "\n"
}

fn with_verdict(outcome: Outcome, found: &Anomalies) -> Outcome {
    let Some(verdict) = &found.verdict else { return outcome.with("threshold", Value::Null) };
    let threshold = &verdict.threshold;
    let method = match threshold.method {
        ThresholdMethod::Quantile => json!({ "name": "quantile" }),
        ThresholdMethod::Tail { shape, scale, beginning, exceedances } => json!({
            "name": "tail", "shape": shape, "scale": scale, "beginning": beginning, "exceedances": exceedances,
        }),
    };
    let flagged: Vec<usize> =
        (0..).zip(&verdict.flagged).filter(|(_, flag)| **flag).map(|(index, _)| index).collect();
    let thresholds: serde_json::Map<String, Value> =
        verdict.thresholds.iter().map(|(score, found)| (score.key().into(), found.score.into())).collect();
    let by_class: serde_json::Map<String, Value> = found
        .flagged_by_class()
        .into_iter()
        .map(|(name, flagged, all)| (name, json!({ "images": all, "flagged": flagged })))
        .collect();
    let mut outcome = outcome
        .with("threshold", threshold.score)
        .with("threshold_method", method)
        .with("thresholds", thresholds)
        .with("false_positives", threshold.false_positives)
        .with("normal_images", threshold.samples)
        .with("flagged", flagged)
        .with("by_class", by_class);
    if let Some([precision, recall, f1]) = found.precision_recall_f1() {
        outcome = outcome.with("precision", precision).with("recall", recall).with("f1", f1);
    }
    if let Some((judged, masks)) = &found.localisation {
        let judged = json!({
            "pixel_auroc": judged.pixel_auroc, "per_region_overlap": judged.pro, "regions": judged.regions, "masks": masks,
        });
        outcome = outcome.with("localisation", judged);
    }
    outcome
}
