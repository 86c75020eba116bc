//! `map`: a latent space, or anyone's points, in two or three dimensions.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::ValueEnum;
use latentlab::analysis::{Pca, Preset, Start, Table, TsneError, TsneSettings, map_quality, tsne};
use latentlab::report::{ExplainedVariance, Figure, LatentScatter, PointColors};
use latentlab::run::RunDir;
use serde_json::json;

use crate::arrays::{RowTable, TableFormat, Values};
use crate::destination::{check_file, figure_name, write_figure, write_in_run};
use crate::failure::Failure;
use crate::interrupt::stop_flag;
use crate::latent_views::fitting_perplexity;
use crate::numbers::{count, table, value};
use crate::outcome::Outcome;
use crate::points::{Found, PointArguments, PointSet};
use crate::reading::metric_rows;
use crate::settings::Settings;
use crate::stages::Stage;

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

    /// File to write: .npz, .csv, .png or .svg [default: figures/map-METHOD in the run]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// How points are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Principal components: the flat shadow of largest variance
    Pca,
    /// t-distributed stochastic neighbour embedding: neighbours stay neighbours
    Tsne,
}

fn preset(name: &str) -> Result<Preset, String> {
    Preset::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Preset::ALL.into_iter().map(Preset::name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// A finished map.
struct Map {
    positions: Vec<f32>,
    dims: usize,
    axes: [String; 2],
    title: String,
    /// For people.
    quality: String,
    /// For programs: the metric's name and value.
    metric: (&'static str, f64),
    /// Of t-SNE.
    perplexity: Option<f64>,
    /// Of each component, where there are components.
    explained: Vec<f64>,
    stopped: bool,
}

/// Maps.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let place = Place::new(&arguments)?;
    let Found { points, run, are_own, .. } = arguments.points.find(false, settings)?;
    let place = match (place, run) {
        (Some(file), _) => file,
        (None, Some(dir)) => Place::Run(dir, are_own),
        (None, None) => {
            let source = arguments.points.source.display();
            let failure = Failure::mistake(format!("--out: is needed to map {source}, which is no run"));
            return Err(failure.hint("name a file: --out map.png, map.svg, map.npz or map.csv"));
        }
    };
    let map = match arguments.method {
        Method::Pca => pca(&points, &arguments)?,
        Method::Tsne => by_tsne(&points, &arguments, settings)?,
    };
    let neighbours = judged_neighbours(&arguments, points.rows());
    let judged = if neighbours > 0 { judge(&points, &map, neighbours, settings)? } else { Vec::new() };
    let files = place.write(&map, &points, arguments.method)?;
    let mut text =
        format!("{} in {}, {}\n", count(points.rows(), "point"), count(map.dims, "dimension"), map.quality);
    if !judged.is_empty() {
        text += &format!("\n{}of {}\n\n", table(&metric_rows(&judged)), count(neighbours, "neighbour"));
    }
    for file in &files {
        text += &format!("  {}\n", file.display());
    }
    let listed: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let method = if arguments.method == Method::Pca { "pca" } else { "tsne" };
    let (name, metric) = map.metric;
    let json =
        json!({ "files": listed, "method": method, "points": points.rows(), "dims": map.dims, name: metric });
    let mut outcome = Outcome::done(text, json).interrupted(map.stopped);
    if !judged.is_empty() {
        outcome = outcome.with("neighbours", neighbours);
    }
    let outcome = judged.into_iter().fold(outcome, |outcome, (name, value)| outcome.with(name, value));
    Ok(match arguments.method {
        Method::Pca => outcome.with("explained_variance_ratio", map.explained),
        Method::Tsne => outcome.with("preset", arguments.preset.name()).with("perplexity", map.perplexity),
    })
}

/// Neighbours by which a map of `rows` points is judged; 0 for none.
fn judged_neighbours(arguments: &Arguments, rows: usize) -> usize {
    const USUAL: usize = 10;
    const MANY: usize = 20_000;
    match arguments.neighbours {
        Some(neighbours) => usize::from(neighbours),
        None if rows > MANY => 0,
        // The measures are defined for fewer than half of the rows.
        None => USUAL.min(rows.saturating_sub(1) / 2),
    }
}

fn judge(
    points: &PointSet,
    map: &Map,
    neighbours: usize,
    settings: &Settings,
) -> Result<Vec<(&'static str, f64)>, Failure> {
    let _stage = Stage::new(&settings.console, "judging the map", 0);
    let quality = map_quality(points.table()?, Table::new(&map.positions, map.dims)?, neighbours)
        .map_err(|error| Failure::mistake(format!("--neighbours {neighbours}: {error}")))?;
    Ok(vec![
        ("trustworthiness", quality.trustworthiness),
        ("continuity", quality.continuity),
        ("knn_preservation", quality.preservation),
    ])
}

fn pca(points: &PointSet, arguments: &Arguments) -> Result<Map, Failure> {
    let (table, dims) = (points.table()?, usize::from(arguments.dims));
    // All components, up to what a figure shows, for the figure of what they explain.
    let components = table.columns().min(table.rows()).clamp(dims, SHOWN_COMPONENTS);
    let fitted = Pca::fit(table, components)?;
    let scores = fitted.transform(table)?;
    let positions = scores.chunks_exact(components).flat_map(|row| &row[..dims]).copied().collect();
    let explained = fitted.explained();
    let share: f64 = explained[..dims].iter().sum();
    let axis = |i: usize| format!("component {} ({:.1} %)", i + 1, 100.0 * explained[i]);
    Ok(Map {
        positions,
        dims,
        axes: [axis(0), axis(1)],
        title: "PCA".into(),
        quality: format!("{:.1} % of the variance", 100.0 * share),
        metric: ("explained_variance", share),
        perplexity: None,
        explained,
        stopped: false,
    })
}

/// More components than this make no figure clearer.
const SHOWN_COMPONENTS: usize = 50;

/// The perplexity that was asked for, else the usual one or, for few points, one that fits them.
fn perplexity(points: &PointSet, arguments: &Arguments, settings: &Settings) -> Result<f64, Failure> {
    const USUAL: f64 = 30.0;
    const LEAST_POINTS: usize = 4;
    let rows = points.rows();
    if rows < LEAST_POINTS {
        let failure =
            Failure::mistake(format!("t-SNE of {}: it takes {LEAST_POINTS} or more", count(rows, "point")));
        return Err(failure.hint("--split all maps all images of a run; --method pca maps few points"));
    }
    if let Some(asked) = arguments.perplexity {
        return Ok(asked);
    }
    if USUAL < rows as f64 - 1.0 {
        return Ok(USUAL);
    }
    let chosen = fitting_perplexity(rows).floor();
    settings.console.note(format_args!(
        "--perplexity {chosen}: {} are too few for the usual {USUAL}",
        count(rows, "point")
    ));
    Ok(chosen)
}

fn by_tsne(points: &PointSet, arguments: &Arguments, settings: &Settings) -> Result<Map, Failure> {
    let table = points.table()?;
    let perplexity = perplexity(points, arguments, settings)?;
    let defaults = TsneSettings::new(arguments.preset);
    let chosen = TsneSettings {
        dimensions: usize::from(arguments.dims),
        perplexity,
        start: if arguments.random_start { Start::Random } else { Start::Pca },
        iterations: arguments.iterations.map_or(defaults.iterations, |iterations| iterations as usize),
        seed: arguments.seed,
        ..defaults
    };
    let stop = stop_flag("keeping the map as it is", "keeping nothing")?;
    let iterations = (chosen.exaggerated_iterations + chosen.iterations) as u64;
    let stage = Stage::new(&settings.console, "t-SNE", iterations);
    let map = tsne(table, &chosen, |_| {
        stage.step();
        if stop.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop(stage);
    let map = map.map_err(|error| {
        let is_perplexity = matches!(error, TsneError::Perplexity { .. });
        let failure = Failure::from(error);
        if is_perplexity {
            failure.hint("--perplexity sets it; without it one is chosen that fits")
        } else {
            failure
        }
    })?;
    let after = if map.stopped {
        format!(", stopped after {} of {iterations} iterations", map.iterations)
    } else {
        String::new()
    };
    Ok(Map {
        positions: map.positions,
        dims: map.dimensions,
        axes: ["t-SNE 1".into(), "t-SNE 2".into()],
        title: format!("t-SNE, perplexity {perplexity}"),
        quality: format!(
            "t-SNE ({}, perplexity {perplexity}) with KL {} nats{after}",
            arguments.preset.name(),
            value(map.kl)
        ),
        metric: ("tsne_kl", map.kl),
        perplexity: Some(perplexity),
        explained: Vec::new(),
        stopped: map.stopped,
    })
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

    fn write(&self, map: &Map, points: &PointSet, method: Method) -> Result<Vec<PathBuf>, Failure> {
        match self {
            Self::Run(dir, are_own) if method == Method::Pca => {
                let mut files = write_in_run(dir, &figure_name("map-pca", *are_own), &figure(map, points)?)?;
                let variance =
                    ExplainedVariance { title: Some("PCA"), ..ExplainedVariance::new(&map.explained) };
                files.extend(write_in_run(
                    dir,
                    &figure_name("explained-variance", *are_own),
                    &variance.draw()?,
                )?);
                Ok(files)
            }
            Self::Run(dir, are_own) => {
                write_in_run(dir, &figure_name("map-tsne", *are_own), &figure(map, points)?)
            }
            Self::Table(file, format) => {
                let mut table = RowTable::new(points.rows());
                points.names.add_places(&mut table);
                table.add_wide("map", map.dims, Values::Floats(map.positions.clone()));
                points.names.add_classes(&mut table);
                table.write(file, *format)?;
                Ok(vec![file.clone()])
            }
            Self::Figure(file) => {
                write_figure(file, &figure(map, points)?)?;
                Ok(vec![file.clone()])
            }
        }
    }
}

fn figure(map: &Map, points: &PointSet) -> Result<Figure, Failure> {
    let plane: Vec<[f32; 2]> = map.positions.chunks_exact(map.dims).map(|row| [row[0], row[1]]).collect();
    let colors = match &points.names.labels {
        Some(labels) => PointColors::Classes { labels, names: points.classes() },
        None => PointColors::Plain,
    };
    let [x, y] = &map.axes;
    Ok(LatentScatter { points: &plane, colors, axes: [x, y], title: Some(&map.title) }.draw()?)
}
