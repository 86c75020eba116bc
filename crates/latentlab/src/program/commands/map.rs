//! `map`: a latent space, or anyone's points, in two or three dimensions.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::analysis::Preset;
use crate::lab;
use crate::lab::arrays::TableFormat;
use crate::lab::figure_files::{figure_name, write_figure, write_in_run};
use crate::lab::maps::{MapOptions, Method, PointMap};
use crate::lab::measures::metric_rows;
use crate::lab::numbers::{count, table};
use crate::lab::point_set::{PointSet, PointSource};
use crate::run::RunDir;
use serde_json::json;

use crate::program::destination::check_file;
use crate::program::failure::Failure;
use crate::program::image_arguments::PointArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Map a latent space, or any table of points, to two or three dimensions
///
/// t-SNE follows scikit-learn or openTSNE and reports its exact objective; PCA follows scikit-learn and reports
/// the share of the variance that each component explains. How well a map keeps neighbours is measured, too:
/// trustworthiness, continuity and the share of neighbours kept. A map is the same on any number of threads. In a
/// file: `map` [n, 2], the rows' `index` and `file`, and where classes are known `label` and `class`. Columns of a table
/// that count or name rows are no coordinates; what is left out is said. Ctrl-C ends t-SNE early and keeps the map.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab map runs/mnist-mlp-vae-1                               figures/map in the run
  latentlab map runs/mnist-mlp-vae-1 --perplexity 50 --out map.png
  latentlab map runs/faces-1 --images ./photos --out map.csv
  latentlab map embeddings.csv --method pca --label species --out map.npz
  latentlab map anyones.npy --preset opentsne --dims 3 --out map.csv")]
pub struct Arguments {
    /// What is mapped.
    #[command(flatten)]
    pub points: PointArguments,

    /// How
    #[arg(long, value_enum, default_value = "tsne")]
    pub method: Method,

    /// Whose t-SNE: its update rule and its defaults
    #[arg(long, value_name = "PRESET", default_value = "sklearn", value_parser = preset)]
    pub preset: Preset,

    /// Effective number of neighbours, of t-SNE [default: 30, and less for fewer than 32 points]
    #[arg(long, value_name = "P")]
    pub perplexity: Option<f64>,

    /// Iterations after the exaggerated ones, of t-SNE [default: the preset's, 750 or 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub iterations: Option<u32>,

    /// Start t-SNE at random points instead of the principal components
    #[arg(long)]
    pub random_start: bool,

    /// Seed of everything random
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// Dimensions of the map, 2 or 3; pictures show the first two
    #[arg(long, value_name = "D", default_value = "2", value_parser = clap::value_parser!(u8).range(2..=3))]
    pub dims: u8,

    /// Neighbours by which the map is judged, 0 not to judge it [default: 10; beyond 20,000 points 0, for the time
    /// grows with their square]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub neighbours: Option<u16>,

    /// File to write: .npz, .csv, .png or .svg [default: figures/map-METHOD in the run, which is drawn beside a table, too]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

fn preset(name: &str) -> Result<Preset, String> {
    Preset::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Preset::ALL.into_iter().map(Preset::name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// Maps.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let place = Place::new(&arguments)?;
    let PointSource { points, run, are_own, .. } = arguments.points.request().find(false, &settings.lab)?;
    let places = match (place, run) {
        (Some(table @ Place::Table(..)), Some(dir)) => vec![table, Place::Run(dir, are_own)],
        (Some(file), _) => vec![file],
        (None, Some(dir)) => vec![Place::Run(dir, are_own)],
        (None, None) => {
            let source = arguments.points.source.display();
            let failure = Failure::mistake(format!("--out: is needed to map {source}, which is no run"));
            return Err(failure.hint("name a file: --out map.png, map.svg, map.npz or map.csv"));
        }
    };
    let stop = match arguments.method {
        Method::Pca => AtomicBool::new(false).into(),
        Method::Tsne => settings.stop_flag("keeping the map as it is", "keeping nothing")?,
    };
    let options = arguments.options();
    let map = lab::maps::map(&points, &options, &stop, &settings.lab)?;
    let mut files = Vec::new();
    for place in places {
        files.extend(place.write(&map, &points, options.method)?);
    }
    let mut text =
        format!("{} in {}, {}\n", count(points.rows(), "point"), count(map.dims, "dimension"), map.quality);
    if !map.judgement.is_empty() {
        let rows = table(&metric_rows(&map.judgement));
        text += &format!("\n{rows}of {}\n\n", count(map.neighbours, "neighbour"));
    }
    let (method, (name, metric)) = (options.method.name(), map.metric);
    let json = json!({ "method": method, "points": points.rows(), "dims": map.dims, name: metric });
    let mut outcome = Outcome::done(text, json).with_files(&files).interrupted(map.stopped);
    if !map.judgement.is_empty() {
        outcome = outcome.with("neighbours", map.neighbours);
    }
    let outcome = map.judgement.into_iter().fold(outcome, |outcome, (name, value)| outcome.with(name, value));
    Ok(match options.method {
        Method::Pca => outcome.with("explained_variance_ratio", map.explained),
        Method::Tsne => outcome.with("preset", arguments.preset.name()).with("perplexity", map.perplexity),
    })
}

impl Arguments {
    fn options(&self) -> MapOptions {
        MapOptions {
            method: self.method,
            preset: self.preset,
            perplexity: self.perplexity,
            iterations: self.iterations.map(|iterations| iterations as usize),
            random_start: self.random_start,
            seed: self.seed,
            dims: self.dims.into(),
            neighbours: self.neighbours.map(usize::from),
        }
    }
}

/// Where a map goes.
enum Place {
    /// A run's figures, or those of other images in it.
    Run(RunDir, bool),
    Table(PathBuf, TableFormat),
    Figure(PathBuf),
}

impl Place {
    /// The file that was asked for, checked before any work is done.
    fn new(arguments: &Arguments) -> Result<Option<Self>, Failure> {
        let Some(out) = &arguments.out else { return Ok(None) };
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let place = match (TableFormat::by_extension(out), extension.as_deref()) {
            (Some(format), _) => Self::Table(out.clone(), format),
            (None, Some("png" | "svg")) => Self::Figure(out.clone()),
            _ => {
                let out = out.display();
                return Err(Failure::mistake(format!("--out {out}: must end in .npz, .csv, .png or .svg")));
            }
        };
        check_file(out, arguments.force)?;
        Ok(Some(place))
    }

    fn write(&self, map: &PointMap, points: &PointSet, method: Method) -> Result<Vec<PathBuf>, lab::Error> {
        match self {
            Self::Run(dir, are_own) => {
                let name = format!("map-{}", method.name());
                let mut files = write_in_run(dir, &figure_name(&name, *are_own), &map.figure(points)?)?;
                if let Some(variance) = map.variance_figure()? {
                    files.extend(write_in_run(dir, &figure_name("explained-variance", *are_own), &variance)?);
                }
                Ok(files)
            }
            Self::Table(file, format) => {
                map.table(points).write(file, *format)?;
                Ok(vec![file.clone()])
            }
            Self::Figure(file) => {
                write_figure(file, &map.figure(points)?)?;
                Ok(vec![file.clone()])
            }
        }
    }
}
