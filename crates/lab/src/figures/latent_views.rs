//! Pictures of a latent space that runs and studies share: maps, centroids, codes, random codes.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use analysis::{LabelledPoints, Pca, Preset, Silhouette, Table, TsneSettings, silhouette, tsne};
use data::Dataset;
use model::{Autoencoder, Embedding};
use network::Shape;
use report::{Figure, LatentScatter, PointColors};

use crate::error::Error;
use crate::feature_space::{CODE_COMPONENTS, LONG_CODE, shortened};
use crate::lab::Lab;
use crate::pictures::Pictures;
use crate::point_set::PointSet;

/// Perplexity of t-SNE where there are points enough for it.
const PERPLEXITY: f64 = 30.0;
/// Principal components of longer codes that t-SNE is of.
const MAPPED_COMPONENTS: usize = 50;
/// Codes of fewer numbers than this are no picture.
const LEAST_CODE: usize = 16;

/// A flat picture of codes, and what it was made of.
pub struct LatentMap {
    /// The figure.
    pub figure: Figure,
    /// How faithful it is, for people.
    pub quality: String,
}

/// The first two principal components of `codes`.
pub fn pca_map(codes: &Embedding, set: &Dataset, title: Option<&str>) -> Result<LatentMap, Error> {
    let table = Table::new(&codes.mean, codes.dims())?;
    let fitted = Pca::fit(table, 2)?;
    let explained = fitted.explained();
    let axis = |i: usize| format!("component {} ({:.1} %)", i + 1, 100.0 * explained[i]);
    let figure = scatter(&fitted.transform(table)?, set, [&axis(0), &axis(1)], title)?;
    let share: f64 = explained.iter().sum();
    Ok(LatentMap {
        figure,
        quality: format!("the two components explain {:.1} % of the variance", 100.0 * share),
    })
}

/// t-SNE of `codes` with scikit-learn's defaults (PCA start, automatic learning rate). Long codes are first reduced to
/// their principal components, as scikit-learn's documentation recommends. `stop` ends it where it is.
pub fn tsne_map(
    codes: &Embedding,
    set: &Dataset,
    title: Option<&str>,
    lab: &Lab,
    stop: &AtomicBool,
) -> Result<LatentMap, Error> {
    let short = shortened(&codes.mean, &codes.mean, codes.dims(), MAPPED_COMPONENTS)?;
    let table = match &short {
        Some((values, components, _)) => Table::new(values, *components)?,
        None => Table::new(&codes.mean, codes.dims())?,
    };
    let perplexity = fitting_perplexity(table.rows());
    let settings = TsneSettings { perplexity, ..TsneSettings::new(Preset::Sklearn) };
    let stage = lab.stage("t-SNE", (settings.exaggerated_iterations + settings.iterations) as u64);
    let map = tsne(table, &settings, |_| {
        stage.step();
        if stop.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let figure = scatter(&map.positions, set, ["t-SNE 1", "t-SNE 2"], title)?;
    let of = short.map_or_else(String::new, |(_, _, what)| format!("{what}, "));
    let after = match map.stopped {
        true => format!(", stopped after {} iterations", map.iterations),
        false => String::new(),
    };
    let quality = format!("{of}perplexity {perplexity:.0}, KL {:.2} nats{after}", map.kl);
    Ok(LatentMap { figure, quality })
}

/// A perplexity for t-SNE of `rows` points: of few points a third.
pub fn fitting_perplexity(rows: usize) -> f64 {
    PERPLEXITY.min(rows.saturating_sub(2) as f64 / 3.0).max(1.0)
}

/// Points of the plane, coloured by the classes of `set` where they are known.
pub fn scatter(
    positions: &[f32],
    set: &Dataset,
    axes: [&str; 2],
    title: Option<&str>,
) -> Result<Figure, Error> {
    let points: Vec<[f32; 2]> = positions.chunks_exact(2).map(|point| [point[0], point[1]]).collect();
    let labels = set.labels();
    let colors = match &labels {
        Some(labels) => PointColors::Classes { labels, names: set.classes() },
        None => PointColors::Plain,
    };
    Ok(LatentScatter { points: &points, colors, axes, title }.draw()?)
}

/// Silhouettes of classes.
pub struct ClassSilhouette {
    /// The silhouettes.
    pub silhouette: Silhouette,
    /// The class of each row of it; images of unknown class are left out.
    pub labels: Vec<u32>,
    /// Of what the codes are measured, if not of all their numbers.
    pub of: Option<String>,
}

/// The silhouettes of the known classes among `codes`; `None` without at least two.
pub fn class_silhouette(codes: &Embedding, set: &Dataset) -> Result<Option<ClassSilhouette>, Error> {
    let Some(points) = PointSet::of(codes, set).of_known_class().map(Cow::into_owned) else {
        return Ok(None);
    };
    let Some(labels) = points.names.labels.clone() else { return Ok(None) };
    let short = match points.columns > LONG_CODE {
        true => shortened(&points.values, &points.values, points.columns, CODE_COMPONENTS)?,
        false => None,
    };
    let table = match &short {
        Some((values, components, _)) => Table::new(values, *components)?,
        None => points.table()?,
    };
    let labelled = LabelledPoints::new(table, &labels)?;
    if labelled.classes().len() < 2 || labels.len() <= labelled.classes().len() {
        return Ok(None);
    }
    let silhouette = silhouette(labelled)?;
    Ok(Some(ClassSilhouette { silhouette, labels, of: short.map(|(_, _, what)| what) }))
}

/// The mean code of each class that `set` holds, `[classes, dims]`, and the classes' names.
pub fn centroids(codes: &Embedding, set: &Dataset) -> Option<(Vec<f32>, Vec<String>)> {
    let (labels, dims) = (set.labels()?, codes.dims());
    let mut sums = vec![0.0_f64; set.classes().len() * dims];
    let mut counts = vec![0_u32; set.classes().len()];
    for (code, label) in codes.mean.chunks_exact(dims).zip(&labels) {
        let sum = &mut sums[*label as usize * dims..][..dims];
        sum.iter_mut().zip(code).for_each(|(sum, value)| *sum += f64::from(*value));
        counts[*label as usize] += 1;
    }
    let mut means = Vec::new();
    let mut names = Vec::new();
    for ((sum, count), name) in sums.chunks_exact(dims).zip(&counts).zip(set.classes()) {
        if *count > 0 {
            means.extend(sum.iter().map(|sum| (sum / f64::from(*count)) as f32));
            names.push(name.clone());
        }
    }
    (!names.is_empty()).then_some((means, names))
}

/// What a code of N(0, I) decodes to, whether or not the model has such a prior: images that a plain autoencoder
/// gives for them show that its codes lie elsewhere.
pub fn from_random_codes(model: &mut Autoencoder, count: usize, seed: u64) -> Result<Pictures, Error> {
    let codes = model.random_codes(count, seed);
    Ok(Pictures::new(model.decode(&codes)?, model.network().input))
}

/// Codes as small grey pictures, white where the largest value is: maps of a convolution beside each other, a
/// vector in rows. `None` for codes that are too short to be a picture.
pub fn code_pictures(model: &Autoencoder, codes: &[f32]) -> Option<Pictures> {
    let shape = model.code_shape();
    let (height, width) = match shape {
        Shape::Image { height, width, channels } if height * width > 1 => (height, width * channels),
        other if other.len() >= LEAST_CODE && other.len().is_multiple_of(4) => (4, other.len() / 4),
        other if other.len() >= LEAST_CODE => (1, other.len()),
        _ => return None,
    };
    let most = codes.iter().copied().filter(|value| value.is_finite()).fold(f32::MIN, f32::max);
    let least = codes.iter().copied().filter(|value| value.is_finite()).fold(f32::MAX, f32::min);
    let range = (most - least).max(f32::MIN_POSITIVE);
    let pixels = codes.iter().map(|value| (value - least) / range).collect();
    Some(Pictures::new(pixels, Shape::image(height, width, 1)))
}
