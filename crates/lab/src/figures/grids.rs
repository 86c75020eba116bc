//! The figures of a run, from what a model made to what `report` draws.

use data::Dataset;
use model::{Autoencoder, Embedding};
use report::{
    ComparisonRows, Figure, ImageGrid, ImageRow, Images, LatentGrid, LatentScatter, LossCurves, LossTerm,
    Manifold, PointColors, latent_axis,
};
use run::{Epoch, Events};
use train::distinct_terms;

use crate::error::Error;
use crate::figures::latent_points::evenly;
use crate::numbers::signed;
use crate::pictures::Pictures;

/// Fewer images than this stay in one row.
const ROW: usize = 10;
/// Images of a strip beside each other before it wraps.
const MOST_COLUMNS: usize = 25;
/// Half the width of a VAE's latent plane as it is drawn: the prior N(0, I) holds 99.7 % of a coordinate there.
pub const PRIOR_RANGE: f32 = 3.0;
/// Rows and columns of a decoded plane.
pub const STEPS: usize = 15;

/// Each term of the loss per epoch, training beside validation; `None` before the first epoch has ended.
pub fn loss_curves(events: &Events, unit: &str) -> Result<Option<Figure>, Error> {
    let epochs = events.epochs();
    let Some(first) = epochs.first() else { return Ok(None) };
    let of = |name: &str, split: fn(&Epoch) -> &run::Terms| -> Vec<f64> {
        epochs.iter().map(|epoch| split(epoch).get(name).copied().unwrap_or(f64::NAN)).collect()
    };
    let curves: Vec<(&str, Vec<f64>, Vec<f64>)> = distinct_terms(&first.train)
        .into_iter()
        .map(|name| {
            let valid = if first.valid.is_empty() { Vec::new() } else { of(name, |epoch| &epoch.valid) };
            (name, of(name, |epoch| &epoch.train), valid)
        })
        .collect();
    let terms: Vec<LossTerm> =
        curves.iter().map(|(name, train, valid)| LossTerm { name, train, valid }).collect();
    let best = (1..).zip(curves.first().map_or(&[][..], |(_, _, valid)| valid));
    let best_epoch =
        best.filter(|(_, total)| total.is_finite()).min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(i, _)| i);
    Ok(Some(LossCurves { best_epoch, ..LossCurves::new(&terms, unit) }.draw()?))
}

/// Images in about twice as many columns as rows; each with its caption, if there are some.
pub fn grid(pictures: &Pictures, captions: &[String]) -> Result<Figure, Error> {
    let columns = columns(pictures.count());
    Ok(ImageGrid { captions, ..ImageGrid::new(pictures.images()?, columns) }.draw()?)
}

/// One row for a few images; else as many columns as fill all rows, near twice the rows, if there is such a
/// number.
fn columns(count: usize) -> usize {
    if count <= ROW {
        return count;
    }
    let ideal = ((2 * count) as f64).sqrt();
    let (least, most) = ((ideal * 0.7).ceil() as usize, (ideal * 1.5).floor() as usize);
    let full = (least..=most).filter(|columns| count.is_multiple_of(*columns));
    let distance = |columns: usize| (columns as f64 - ideal).abs();
    full.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(ideal.ceil() as usize)
}

/// The two-dimensional latent means of `set`, coloured by class where classes are known.
pub fn latent(embedding: &Embedding, set: &Dataset) -> Result<Figure, Error> {
    let points: Vec<[f32; 2]> = embedding.mean.chunks_exact(2).map(|z| [z[0], z[1]]).collect();
    let labels = set.labels();
    let colors = match &labels {
        Some(labels) => PointColors::Classes { labels, names: set.classes() },
        None => PointColors::Plain,
    };
    Ok(LatentScatter { colors, ..LatentScatter::new(&points) }.draw()?)
}

/// What the decoder makes of a grid over dimensions `dims` (from 0), all others 0.
pub fn decode_grid(model: &mut Autoencoder, grid: &LatentGrid, dims: [usize; 2]) -> Result<Pictures, Error> {
    let size = model.code_shape().len();
    let mut codes = vec![0.0; grid.x.len() * grid.y.len() * size];
    for (code, [x, y]) in codes.chunks_exact_mut(size).zip(grid.points()) {
        code[dims[0]] = x;
        code[dims[1]] = y;
    }
    Ok(Pictures::new(model.decode(&codes)?, model.network().input))
}

/// A decoded grid with the latent coordinates on its ticks.
pub fn manifold(pictures: &Pictures, grid: &LatentGrid, dims: [usize; 2]) -> Result<Figure, Error> {
    let [x, y] = dims.map(latent_axis);
    Ok(Manifold { axes: [&x, &y], ..Manifold::new(pictures.images()?, grid) }.draw()?)
}

/// The way between two images: both originals at the ends, what is decoded between them with its share of
/// the way.
pub fn interpolation(decoded: &Pictures, ends: &Pictures) -> Result<Figure, Error> {
    let steps = decoded.count();
    let each = ends.pixels.len() / 2;
    let (first, last) = ends.pixels.split_at(each);
    let pixels = [first, decoded.pixels.as_slice(), last].concat();
    let [_, height, width, channels] = decoded.shape;
    let images = Images::new(&pixels, [steps + 2, height, width, channels])?;
    let share = |step: usize| format!("{:.2}", step as f64 / (steps - 1) as f64);
    let original = || "original".to_owned();
    let captions: Vec<String> =
        std::iter::once(original()).chain((0..steps).map(share)).chain(std::iter::once(original())).collect();
    // More images than fit in a row wrap.
    let columns = (steps + 2).min(MOST_COLUMNS);
    Ok(ImageGrid { captions: &captions, ..ImageGrid::new(images, columns) }.draw()?)
}

/// One row per dimension of `dims` (from 0); each has `steps` values in its range.
pub fn traversal(
    decoded: &Pictures,
    dims: &[usize],
    ranges: &[(f32, f32)],
    steps: usize,
) -> Result<Figure, Error> {
    let [_, height, width, channels] = decoded.shape;
    let row = steps * height * width * channels;
    let names: Vec<String> = dims.iter().map(|dim| latent_axis(*dim)).collect();
    let values = |range: &(f32, f32)| -> Vec<String> {
        evenly(*range, steps).iter().map(|value| signed(f64::from(*value), 1)).collect()
    };
    // One set of numbers over all rows where they share a range, else below each row.
    let shared = ranges.windows(2).all(|pair| pair[0] == pair[1]);
    let titles = ranges.first().filter(|_| shared).map(values).unwrap_or_default();
    let captions: Vec<Vec<String>> =
        ranges.iter().map(|range| if shared { Vec::new() } else { values(range) }).collect();
    let rows: Vec<ImageRow> = decoded
        .pixels
        .chunks_exact(row)
        .zip(&names)
        .zip(&captions)
        .map(|((pixels, label), captions)| {
            Ok(ImageRow { label, images: Images::new(pixels, [steps, height, width, channels])?, captions })
        })
        .collect::<Result<_, Error>>()?;
    Ok(ComparisonRows { column_titles: &titles, ..ComparisonRows::new(&rows) }.draw()?)
}

/// The grid of `steps` × `steps` that shows a latent plane best, see [`natural_range`].
pub fn natural_grid(codes: &Embedding, dims: [usize; 2], steps: usize) -> LatentGrid {
    let values = |dim: usize| {
        let (low, high) = natural_range(codes, dim);
        LatentGrid::square(low, high, steps).x
    };
    // Rows run from the top down, where the second coordinate is largest.
    LatentGrid { x: values(dims[0]), y: values(dims[1]).into_iter().rev().collect() }
}

/// Where a latent dimension is worth seeing: the prior's range for a VAE; for codes without a prior the middle
/// 98 % of `codes`.
pub fn natural_range(codes: &Embedding, dim: usize) -> (f32, f32) {
    if codes.log_var.is_some() {
        return (-PRIOR_RANGE, PRIOR_RANGE);
    }
    let mut values: Vec<f32> = codes.mean.chunks_exact(codes.dims()).map(|code| code[dim]).collect();
    values.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    if values.is_empty() { (-PRIOR_RANGE, PRIOR_RANGE) } else { (at(0.01), at(0.99)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_full_rows_where_they_can() {
        assert_eq!([1, 10, 60, 64, 100, 67].map(columns), [1, 10, 10, 8, 10, 12]);
    }
}
