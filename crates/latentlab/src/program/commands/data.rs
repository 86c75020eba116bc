//! `data`: which data sets there are, and what is in one.

use std::path::{Path, PathBuf};

use crate::data::{Dataset, FileRecord, Origin, Presence, Size, Splits, Verification, presence, survey};
use crate::lab::duplicates;
use crate::lab::numbers::{count, grouped, table};
use crate::lab::pictures::Pictures;
use crate::network::Shape;
use crate::report::ImageGrid;
use crate::run::atomic_write;
use crate::train::{choose_size, data_spec};
use serde_json::{Value, json};

use crate::program::destination::check_file;
use crate::program::failure::Failure;
use crate::program::image_arguments::{DirArguments, ReadingArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Images of each class in a preview, and classes at most.
const PREVIEW: usize = 10;

/// List the data sets and where they are, or describe one
///
/// With a NAME or PATH the set is opened (and downloaded first if need be): images, shape, classes, files.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab data
  latentlab data mnist --preview mnist.png
  latentlab data ./my-images --json
  latentlab data fashion-mnist --data-dir ~/data --offline")]
pub struct Arguments {
    /// A set by name, a folder of images or IDX files, tar archives of images, a .npy or .npz file
    #[arg(value_name = "NAME|PATH")]
    pub set: Option<String>,

    /// Draw some images of the set into this PNG file
    #[arg(long, value_name = "FILE.png", requires = "set")]
    pub preview: Option<PathBuf>,

    /// Overwrite the preview if it is there
    #[arg(long)]
    pub force: bool,

    /// How data are read.
    #[command(flatten)]
    pub reading: ReadingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Lists, or describes.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let Some(set) = &arguments.set else { return Ok(list(&arguments.dirs, settings)) };
    if let Some(preview) = &arguments.preview {
        check_preview(preview, arguments.force)?;
    }
    let mut spec = data_spec(set, &arguments.reading.overrides()?)?;
    // Images of several sizes come to the one that a training would choose.
    let path = spec.path.as_deref().filter(|_| spec.size.is_none());
    if let Some(found) = path.and_then(|path| survey(path, spec.array.as_deref(), spec.skip_broken).ok())
        && let Some((sides, reason)) = choose_size(&found)
    {
        settings.lab.note(reason);
        spec.size = Some(Size::Sides(sides));
    }
    let splits = arguments.dirs.folders().open(&spec, &settings.lab)?;
    let outcome = describe(&splits);
    match &arguments.preview {
        Some(preview) => {
            draw(&splits.train, preview)?;
            settings.lab.note(format_args!("preview: {}", preview.display()));
            Ok(outcome.with("preview", preview.display().to_string()))
        }
        None => Ok(outcome),
    }
}

fn list(dirs: &DirArguments, settings: &Settings) -> Outcome {
    let mut rows = vec![["set", "images", "shape", "classes", "where"].map(String::from).to_vec()];
    let mut entries = Vec::new();
    for found in presence(&dirs.folders().dirs(&settings.lab)) {
        let set = found.set;
        let images = match &set.origin {
            Origin::Published { train, test, .. } => Some(train + test),
            Origin::Drawn => None,
        };
        let (shape, classes) = (set.shape.to_string(), set.classes.len());
        rows.push(vec![
            set.name.to_owned(),
            images.map_or_else(|| "any".into(), grouped),
            shape,
            classes.to_string(),
            place(&found),
        ]);
        entries.push(json!({
            "name": set.name,
            "description": set.description,
            "images": images,
            "shape": [set.shape.height, set.shape.width, set.shape.channels],
            "classes": set.classes,
            "ready": found.is_ready(),
            "files": found.files.iter().map(|(path, _)| path.display().to_string()).collect::<Vec<_>>(),
            "download_to": found.download_to.as_ref().map(|path| path.display().to_string()),
        }));
    }
    let text =
        format!("{}\nand folders of images or IDX files, .npy and .npz files, by their path\n", table(&rows));
    Outcome::answer(text, json!({ "sets": entries }))
}

fn place(found: &Presence) -> String {
    match (&found.set.origin, found.files.first()) {
        (Origin::Drawn, _) => "drawn when asked for".into(),
        (_, Some((file, _))) => {
            let bytes: u64 = found.files.iter().map(|(_, bytes)| bytes).sum();
            let folder = file.parent().unwrap_or(Path::new("."));
            format!("{} ({:.1} MB)", folder.display(), bytes as f64 / 1e6)
        }
        (_, None) => match &found.download_to {
            Some(folder) => format!("not here; would be downloaded to {}", folder.display()),
            None => "not here".into(),
        },
    }
}

fn describe(splits: &Splits) -> Outcome {
    let set = &splits.train;
    let shape = set.shape();
    let parts = [("train", &splits.train), ("valid", &splits.valid), ("test", &splits.test)];
    let all: usize = splits.distinct().iter().map(|part| part.len()).sum();
    let mut text = match set.columns() {
        Some(columns) => {
            format!("{}: {} of {}\n\n", set.name(), count(all, "row"), count(columns.names.len(), "column"))
        }
        None => format!("{}: {} of {shape}\n\n", set.name(), count(all, "image")),
    };
    let mut rows = vec![
        std::iter::once("class".to_owned()).chain(parts.map(|(name, _)| name.to_owned())).collect::<Vec<_>>(),
    ];
    let counts = parts.map(|(_, part)| class_counts(part));
    for (class, name) in set.classes().iter().enumerate() {
        rows.push(std::iter::once(name.clone()).chain(counts.iter().map(|of| grouped(of[class]))).collect());
    }
    rows.push(std::iter::once("all".to_owned()).chain(parts.map(|(_, part)| grouped(part.len()))).collect());
    text += &table(&rows);
    let mut files = Vec::new();
    let mut records: Vec<&FileRecord> = Vec::new();
    for record in parts.iter().flat_map(|(_, part)| part.files()) {
        if !records.contains(&record) {
            records.push(record);
        }
    }
    for file in records {
        let verdict = match file.verification {
            Verification::Verified => "the published file",
            Verification::Unknown => "nothing published to compare with",
            Verification::Differs => "NOT the published file",
        };
        let from = if files.is_empty() { "\nfiles\n" } else { "" };
        text += &format!("{from}  {}: {verdict}\n    SHA-256 {}\n", file.path.display(), file.sha256);
        files.push(json!({
            "path": file.path.display().to_string(),
            "bytes": file.bytes,
            "sha256": file.sha256,
            "verification": file.verification,
        }));
    }
    let parts_json: serde_json::Map<String, Value> = parts
        .iter()
        .zip(&counts)
        .map(|((name, part), counts)| {
            (name.to_string(), json!({ "images": part.len(), "per_class": counts }))
        })
        .collect();
    let near = duplicates::between_splits(splits);
    if let Some(near) = &near {
        text += &format!("\n{}\n", duplicates::in_words(near, &splits.train, &splits.test));
    }
    let json = json!({
        "name": set.name(),
        "images": all,
        "shape": [shape.height, shape.width, shape.channels],
        "classes": set.classes(),
        "factors": set.factors().map(|factors| factors.names),
        "splits": parts_json,
        "files": files,
        "inventory": set.inventory(),
        "near_duplicates": near.map_or(0, |near| near.pairs.len()),
    });
    Outcome::answer(text, json)
}

fn class_counts(set: &Dataset) -> Vec<usize> {
    let mut counts = vec![0; set.classes().len()];
    for label in set.labels().unwrap_or_default() {
        counts[label as usize] += 1;
    }
    counts
}

fn check_preview(file: &Path, force: bool) -> Result<(), Failure> {
    if !file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
        return Err(Failure::mistake(format!("--preview {}: must end in .png", file.display())));
    }
    check_file(file, force)
}

/// A row of images for each class, or the first images where classes are not known.
fn draw(set: &Dataset, file: &Path) -> Result<(), Failure> {
    let rows = rows(set);
    let indices: Vec<usize> = rows.iter().flat_map(|(_, images)| images.iter().copied()).collect();
    let shown = set.subset(&indices)?;
    let shape = shown.shape();
    let mut pixels = vec![0.0; shown.len() * shape.values()];
    for (index, image) in pixels.chunks_exact_mut(shape.values()).enumerate() {
        shown.image(index, image);
    }
    let pictures = Pictures::new(pixels, Shape::image(shape.height, shape.width, shape.channels));
    let labels: Vec<String> = rows.into_iter().filter_map(|(label, _)| label).collect();
    let figure = ImageGrid { row_labels: &labels, ..ImageGrid::new(pictures.images()?, PREVIEW) }.draw()?;
    Ok(atomic_write(file, &figure.png(2.0)?)?)
}

/// Rows of [`PREVIEW`] images with their labels. Classes without enough images for a row are left out, unless
/// none has enough.
fn rows(set: &Dataset) -> Vec<(Option<String>, Vec<usize>)> {
    let mut classes: Vec<Vec<usize>> = vec![Vec::new(); set.classes().len()];
    for (index, label) in set.labels().unwrap_or_default().into_iter().enumerate() {
        let class = &mut classes[label as usize];
        if class.len() < PREVIEW {
            class.push(index);
        }
    }
    let full = classes.into_iter().zip(set.classes()).filter(|(images, _)| images.len() == PREVIEW);
    let rows: Vec<_> = full.take(PREVIEW).map(|(images, name)| (Some(name.clone()), images)).collect();
    match rows.is_empty() {
        true => vec![(None, (0..set.len().min(PREVIEW * PREVIEW)).collect())],
        false => rows,
    }
}
