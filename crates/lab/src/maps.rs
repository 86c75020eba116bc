//! Maps of codes, or of anyone's points, to two or three dimensions, and how faithful they are.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use analysis::{Pca, Preset, Start, Table, TsneError, TsneSettings, map_quality, tsne};
use report::{ExplainedVariance, Figure, LatentScatter, PointColors};

use crate::arrays::{RowTable, Values};
use crate::error::Error;
use crate::figures::latent_views::fitting_perplexity;
use crate::lab::Lab;
use crate::numbers::{count, value};
use crate::point_set::PointSet;

/// How points are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Method {
    /// Principal components: the flat shadow of largest variance
    Pca,
    /// t-distributed stochastic neighbour embedding: neighbours stay neighbours
    Tsne,
}

impl Method {
    /// `pca` or `tsne`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "pca",
            Self::Tsne => "tsne",
        }
    }
}

/// How points are mapped, and how the map is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapOptions {
    /// The method.
    pub method: Method,
    /// Whose t-SNE: its update rule and its defaults.
    pub preset: Preset,
    /// Effective number of neighbours, of t-SNE; 30 where nothing is said, and less for fewer than 32 points.
    pub perplexity: Option<f64>,
    /// Iterations after the exaggerated ones, of t-SNE; the preset's where nothing is said.
    pub iterations: Option<usize>,
    /// Whether t-SNE starts at random points instead of the principal components.
    pub random_start: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// Dimensions of the map, 2 or 3.
    pub dims: usize,
    /// Neighbours by which the map is judged, 0 not to judge it; where nothing is said 10, and beyond 20,000 points 0, for
    /// the time grows with their square.
    pub neighbours: Option<usize>,
}

impl MapOptions {
    /// The plane of `method`, everything else as usual.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            preset: Preset::Sklearn,
            perplexity: None,
            iterations: None,
            random_start: false,
            seed: 0,
            dims: 2,
            neighbours: None,
        }
    }
}

/// A finished map.
#[derive(Clone, Debug)]
pub struct PointMap {
    /// [points, dims], row after row.
    pub positions: Vec<f32>,
    /// Dimensions.
    pub dims: usize,
    /// Names of the first two.
    pub axes: [String; 2],
    /// Over the figure.
    pub title: String,
    /// How faithful it is by its own objective, for people.
    pub quality: String,
    /// The same for programs: the metric's name and value.
    pub metric: (&'static str, f64),
    /// Of t-SNE.
    pub perplexity: Option<f64>,
    /// Share of the variance that each component explains, where there are components.
    pub explained: Vec<f64>,
    /// Whether it was stopped early.
    pub stopped: bool,
    /// Neighbours that it was judged by; 0 where it was not.
    pub neighbours: usize,
    /// How well it keeps neighbours, by the names in `METRICS`.
    pub judgement: Vec<(&'static str, f64)>,
}

impl PointMap {
    /// The first two dimensions, coloured by the classes of `points`.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn figure(&self, points: &PointSet) -> Result<Figure, Error> {
        let plane: Vec<[f32; 2]> =
            self.positions.chunks_exact(self.dims).map(|row| [row[0], row[1]]).collect();
        let colors = match &points.names.labels {
            Some(labels) => PointColors::Classes { labels, names: points.classes() },
            None => PointColors::Plain,
        };
        let [x, y] = &self.axes;
        Ok(LatentScatter { points: &plane, colors, axes: [x, y], title: Some(&self.title) }.draw()?)
    }

    /// What each component explains; `None` where there are no components.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn variance_figure(&self) -> Result<Option<Figure>, Error> {
        if self.explained.is_empty() {
            return Ok(None);
        }
        let figure = ExplainedVariance { title: Some("PCA"), ..ExplainedVariance::new(&self.explained) };
        Ok(Some(figure.draw()?))
    }

    /// `map` [n, dims] with what tells the rows of `points` apart.
    pub fn table(&self, points: &PointSet) -> RowTable {
        let mut table = RowTable::new(points.rows());
        points.names.add_places(&mut table);
        table.add_wide("map", self.dims, Values::Floats(self.positions.clone()));
        points.names.add_classes(&mut table);
        table
    }
}

/// Maps `points`, and measures how well the map keeps neighbours. `stop` ends t-SNE early, and keeps the map as it is then.
///
/// ```no_run
/// use lab::maps::{MapOptions, Method, map};
/// use lab::point_set::PointRequest;
///
/// let lab = lab::Lab::default();
/// let request = PointRequest { source: "runs/mnist-mlp-vae-1".into(), ..PointRequest::default() };
/// let points = request.find(false, &lab)?.points;
/// let map = map(&points, &MapOptions::new(Method::Tsne), &false.into(), &lab)?;
/// println!("{} points, {}", points.rows(), map.quality);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the points do not allow what is asked for: too few of them, or too large a perplexity.
pub fn map(points: &PointSet, options: &MapOptions, stop: &AtomicBool, lab: &Lab) -> Result<PointMap, Error> {
    let map = match options.method {
        Method::Pca => pca(points, options)?,
        Method::Tsne => by_tsne(points, options, stop, lab)?,
    };
    let neighbours = judged_neighbours(options.neighbours, points.rows());
    let judgement = judge(points.table()?, &map.positions, map.dims, neighbours, lab)?;
    Ok(PointMap { neighbours, judgement, ..map })
}

/// How well `positions` `[points, dims]` keep the neighbours that `points` have, by the names in `METRICS`, judged as usual;
/// nothing where it would take long.
pub(crate) fn judgement(
    points: Table<'_>,
    positions: &[f32],
    dims: usize,
    lab: &Lab,
) -> Result<Vec<(&'static str, f64)>, Error> {
    let neighbours = judged_neighbours(None, points.rows());
    judge(points, positions, dims, neighbours, lab)
}

/// Neighbours by which a map of `rows` points is judged; 0 for none.
fn judged_neighbours(asked: Option<usize>, rows: usize) -> usize {
    const USUAL: usize = 10;
    const MANY: usize = 20_000;
    match asked {
        Some(neighbours) => neighbours,
        None if rows > MANY => 0,
        // The measures are defined for fewer than half of the rows.
        None => USUAL.min(rows.saturating_sub(1) / 2),
    }
}

/// By `neighbours`; nothing for 0.
fn judge(
    points: Table<'_>,
    positions: &[f32],
    dims: usize,
    neighbours: usize,
    lab: &Lab,
) -> Result<Vec<(&'static str, f64)>, Error> {
    if neighbours == 0 {
        return Ok(Vec::new());
    }
    let _stage = lab.stage("judging the map", 0);
    let quality = map_quality(points, Table::new(positions, dims)?, neighbours)
        .map_err(|error| Error::refused(format!("--neighbours {neighbours}: {error}")))?;
    Ok(vec![
        ("trustworthiness", quality.trustworthiness),
        ("continuity", quality.continuity),
        ("knn_preservation", quality.preservation),
    ])
}

fn pca(points: &PointSet, options: &MapOptions) -> Result<PointMap, Error> {
    let (table, dims) = (points.table()?, options.dims);
    // All components, up to what a figure shows, for the figure of what they explain.
    let components = table.columns().min(table.rows()).clamp(dims, SHOWN_COMPONENTS);
    let fitted = Pca::fit(table, components)?;
    let scores = fitted.transform(table)?;
    let positions = scores.chunks_exact(components).flat_map(|row| &row[..dims]).copied().collect();
    let explained = fitted.explained();
    let share: f64 = explained[..dims].iter().sum();
    let axis = |i: usize| format!("component {} ({:.1} %)", i + 1, 100.0 * explained[i]);
    Ok(PointMap {
        positions,
        dims,
        axes: [axis(0), axis(1)],
        title: "PCA".into(),
        quality: format!("{:.1} % of the variance", 100.0 * share),
        metric: ("explained_variance", share),
        perplexity: None,
        explained,
        stopped: false,
        neighbours: 0,
        judgement: Vec::new(),
    })
}

/// More components than this make no figure clearer.
const SHOWN_COMPONENTS: usize = 50;

/// The perplexity that was asked for, else the usual one or, for few points, one that fits them.
fn perplexity(points: &PointSet, options: &MapOptions, lab: &Lab) -> Result<f64, Error> {
    const USUAL: f64 = 30.0;
    const LEAST_POINTS: usize = 4;
    let rows = points.rows();
    if rows < LEAST_POINTS {
        let refusal =
            Error::refused(format!("t-SNE of {}: it takes {LEAST_POINTS} or more", count(rows, "point")));
        return Err(refusal.hint("--split all maps all images of a run; --method pca maps few points"));
    }
    if let Some(asked) = options.perplexity {
        return Ok(asked);
    }
    if USUAL < rows as f64 - 1.0 {
        return Ok(USUAL);
    }
    let chosen = fitting_perplexity(rows).floor();
    lab.note(format_args!(
        "--perplexity {chosen}: {} are too few for the usual {USUAL}",
        count(rows, "point")
    ));
    Ok(chosen)
}

fn by_tsne(points: &PointSet, options: &MapOptions, stop: &AtomicBool, lab: &Lab) -> Result<PointMap, Error> {
    let table = points.table()?;
    let perplexity = perplexity(points, options, lab)?;
    let defaults = TsneSettings::new(options.preset);
    let chosen = TsneSettings {
        dimensions: options.dims,
        perplexity,
        start: if options.random_start { Start::Random } else { Start::Pca },
        iterations: options.iterations.unwrap_or(defaults.iterations),
        seed: options.seed,
        ..defaults
    };
    let iterations = (chosen.exaggerated_iterations + chosen.iterations) as u64;
    let stage = lab.stage("t-SNE", iterations);
    let map = tsne(table, &chosen, |_| {
        stage.step();
        if stop.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop(stage);
    let map = map.map_err(|error| {
        let is_perplexity = matches!(error, TsneError::Perplexity { .. });
        let refusal = Error::from(error);
        if is_perplexity {
            refusal.hint("--perplexity sets it; without it one is chosen that fits")
        } else {
            refusal
        }
    })?;
    let after = if map.stopped {
        format!(", stopped after {} of {iterations} iterations", map.iterations)
    } else {
        String::new()
    };
    Ok(PointMap {
        positions: map.positions,
        dims: map.dimensions,
        axes: ["t-SNE 1".into(), "t-SNE 2".into()],
        title: format!("t-SNE, perplexity {perplexity}"),
        quality: format!(
            "t-SNE ({}, perplexity {perplexity}) with KL {} nats{after}",
            options.preset.name(),
            value(map.kl)
        ),
        metric: ("tsne_kl", map.kl),
        perplexity: Some(perplexity),
        explained: Vec::new(),
        stopped: map.stopped,
        neighbours: 0,
        judgement: Vec::new(),
    })
}
