//! `decode`: images at points of the latent space that the user names.

use std::path::{Path, PathBuf};

use crate::lab::figures::grids;
use crate::lab::figures::latent_points::captions;
use crate::lab::file_names;
use crate::lab::numbers::count;
use crate::lab::pictures::Pictures;
use crate::lab::point_set::PointSet;
use crate::run::RunDir;

use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::RunArguments;
use crate::program::image_arguments::TableArguments;
use crate::program::outcome::Outcome;
use crate::program::row_file::RowFile;
use crate::program::settings::Settings;

/// Decode points of the latent space
///
/// Points are written with --z, or are the rows of a table with --codes: what `embed` wrote, or an array or columns of
/// as many numbers as the latent space has dimensions. Images of rows that have a `file` get its name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab decode runs/mnist-conv-vae-1 --z -1,0
  latentlab decode runs/mnist-conv-vae-1 --z -1,0 --z 0,0 --z 1,0 --out points.png
  latentlab decode runs/mnist-conv-vae-1 --codes embeddings.csv --out decoded/")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// A point, one number for each latent dimension; may be given more than once
    #[arg(long, value_name = "A,B,…", required_unless_present = "codes", allow_hyphen_values = true, value_parser = point)]
    pub z: Vec<Point>,

    /// Table of points: .npz, .npy, .csv, .tsv or .parquet
    #[arg(long, value_name = "FILE", conflicts_with = "z")]
    pub codes: Option<PathBuf>,

    /// How the table is read.
    #[command(flatten)]
    pub table: TableArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Coordinates, as given and as numbers.
#[derive(Clone, Debug)]
pub struct Point {
    text: String,
    values: Vec<f32>,
}

fn point(text: &str) -> Result<Point, String> {
    if Path::new(text).is_file() {
        return Err(format!("this is a file: --codes {text} decodes the rows of a table"));
    }
    let number = |part: &str| match part.trim().parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!(
            "{:?} is no finite number; write numbers with commas between, as in -1,0.5",
            part.trim()
        )),
    };
    let values = text.split(',').map(number).collect::<Result<_, _>>()?;
    Ok(Point { text: text.to_owned(), values })
}

/// Decodes.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let rows = RowFile::new(&arguments.out, &opened)?;
    let to = match rows {
        Some(_) => None,
        None => Some(Destination::new(&arguments.out, &opened.dir, "decoded", Kind::Alone)?),
    };
    let dims = opened.trained.model.code_shape().len();
    let (codes, names) = match &arguments.codes {
        Some(file) => from_table(file, &arguments.table, dims, &opened.dir, settings)?,
        None => (written(&arguments.z, dims, &opened.dir)?, None),
    };
    let model = &mut opened.trained.model;
    let pictures = Pictures::new(model.decode(&codes)?, model.network().input);
    let points: Vec<&[f32]> = codes.chunks_exact(dims).collect();
    let captions = || if names.is_some() { Vec::new() } else { captions(&points) };
    let figure = || grids::grid(&pictures, &captions());
    let name = |index: usize| match &names {
        Some(names) => names[index].clone(),
        None => format!("decoded-{index:05}"),
    };
    let files = match (&rows, &to) {
        (Some(file), _) => vec![file.write(pictures.pixels.clone(), None)?],
        (None, Some(to)) => to.write(figure, &pictures, name)?,
        (None, None) => Vec::new(),
    };
    Ok(Outcome::files(&count(pictures.count(), "decoded point"), &files).with("images", pictures.count()))
}

/// Codes that were written as arguments, one after the other.
fn written(points: &[Point], dims: usize, run: &RunDir) -> Result<Vec<f32>, Failure> {
    if let Some(point) = points.iter().find(|point| point.values.len() != dims) {
        return Err(wrong_length(&format!("--z {}", point.text), point.values.len(), dims, run));
    }
    Ok(points.iter().flat_map(|point| &point.values).copied().collect())
}

/// Codes that are the rows of a table, and a distinct name for each.
fn from_table(
    file: &Path,
    table: &TableArguments,
    dims: usize,
    run: &RunDir,
    settings: &Settings,
) -> Result<(Vec<f32>, Option<Vec<String>>), Failure> {
    let points = PointSet::load(file, &table.options(), &settings.lab)?;
    if points.columns != dims {
        let columns = format!("--codes {}", file.display());
        return Err(wrong_length(&columns, points.columns, dims, run));
    }
    let numbered = || points.names.index.iter().map(|index| format!("decoded-{index:05}")).collect();
    let names = points.names.files.clone().unwrap_or_else(numbered);
    Ok((points.values, Some(file_names::stems(&names))))
}

fn wrong_length(what: &str, found: usize, dims: usize, run: &RunDir) -> Failure {
    let (found, run) = (count(found, "number"), run.path().display());
    Failure::mistake(format!(
        "{what}: {found}, but the latent space of {run} has {}",
        count(dims, "dimension")
    ))
}
