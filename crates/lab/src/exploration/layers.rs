//! The maps of a model's codes.

use std::sync::atomic::AtomicBool;

use analysis::{Pca, Table};
use explorer::payload::{Dimension, Inverse, LayerKind, MapLayer};
use explorer::{Part, Precision};
use model::Embedding;
use random::Stream;

use super::page_parts::PageParts;
use crate::error::{Error, note_if_unsuited};
use crate::feature_space::shortened;
use crate::lab::Lab;
use crate::maps::{MapOptions, Method, PointMap, judgement, map};
use crate::numbers::grouped;
use crate::point_set::PointSet;
use crate::row_names::RowNames;

/// Fewer points have no t-SNE.
const LEAST_MAPPED: usize = 10;
/// Principal components of longer codes that t-SNE is of.
const MAPPED_COMPONENTS: usize = 50;

/// The maps of `codes`: the plane alone where the code is one, and a line where it has one number.
pub fn layers(
    codes: &Embedding,
    dims: &[Dimension],
    stop: &AtomicBool,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<Vec<MapLayer>, Error> {
    if codes.dims() == 1 {
        return Ok(vec![line(codes, page)]);
    }
    let mut layers = vec![plane(dims)];
    if codes.dims() == 2 {
        return Ok(layers);
    }
    let mut missing = Vec::new();
    let found = pca(codes, page, lab).map(|layer| layers.push(layer));
    note_if_unsuited(found, "The map of principal components is", &mut missing)?;
    if codes.len() < LEAST_MAPPED {
        missing.push(format!("The t-SNE map is left out: it takes {LEAST_MAPPED} points or more"));
    } else {
        let found = tsne(codes, stop, page, lab).map(|layer| layers.push(layer));
        note_if_unsuited(found, "The t-SNE map is", &mut missing)?;
    }
    missing.into_iter().for_each(|sentence| page.leave_out(format!("{sentence}.")));
    Ok(layers)
}

/// Two dimensions of the code.
fn plane(dims: &[Dimension]) -> MapLayer {
    let mut order: Vec<usize> = (0..dims.len()).collect();
    order.sort_by(|a, b| dims[*b].information.total_cmp(&dims[*a].information));
    let note = match dims.len() {
        2 => "The code itself: every place of the plane is one.".to_owned(),
        n => format!(
            "Two of the code's {} numbers; z{} and z{} say most about the image.",
            grouped(n),
            order[0] + 1,
            order[1] + 1
        ),
    };
    let (mut first, mut second) = (order[0], order[1]);
    if dims.len() == 2 {
        (first, second) = (0, 1);
    }
    MapLayer {
        kind: LayerKind::Plane,
        title: "Latent plane".into(),
        axes: [format!("z{}", first + 1), format!("z{}", second + 1)],
        note,
        positions: None,
        inverse: None,
    }
}

/// Codes of one number along a line, and away from it at random, for they would hide each other.
fn line(codes: &Embedding, page: &mut PageParts) -> MapLayer {
    let mut offsets = vec![0.0; codes.len()];
    Stream::new(0, "offsets from a line").uniforms(0, 0, &mut offsets);
    let spread = {
        let (low, high) = codes
            .mean
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        if high > low { (high - low) / 4.0 } else { 1.0 }
    };
    let positions: Vec<f32> =
        codes.mean.iter().zip(&offsets).flat_map(|(code, offset)| [*code, spread * (offset - 0.5)]).collect();
    MapLayer {
        kind: LayerKind::Pca,
        title: "Latent line".into(),
        axes: ["z1".into(), String::new()],
        note: "The code has one number; points lie above and below the line at random, so as not to hide each other."
            .into(),
        positions: Some(page.map(&positions)),
        inverse: Some(page.inverse(&[0.0], &[1.0, 0.0])),
    }
}

/// The first two principal components, and their way back.
fn pca(codes: &Embedding, page: &mut PageParts, lab: &Lab) -> Result<MapLayer, Error> {
    let table = Table::new(&codes.mean, codes.dims())?;
    let fitted = Pca::fit(table, 2)?;
    let positions = fitted.transform(table)?;
    let explained = fitted.explained();
    let singles = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
    let components: Vec<f32> = (0..2).flat_map(|i| singles(fitted.direction(i))).collect();
    let axis = |i: usize| format!("component {} ({:.1} %)", i + 1, 100.0 * explained[i]);
    let kept = judgement(table, &positions, 2, lab)?;
    Ok(MapLayer {
        kind: LayerKind::Pca,
        title: "PCA".into(),
        axes: [axis(0), axis(1)],
        note: format!(
            "The two directions of largest variance: {:.1} % of it.{}",
            100.0 * explained.iter().sum::<f64>(),
            neighbours_kept(&kept)
        ),
        positions: Some(page.map(&positions)),
        inverse: Some(page.inverse(&singles(fitted.means()), &components)),
    })
}

/// t-SNE as `map` makes it; of long codes, of their principal components.
fn tsne(codes: &Embedding, stop: &AtomicBool, page: &mut PageParts, lab: &Lab) -> Result<MapLayer, Error> {
    let short = shortened(&codes.mean, &codes.mean, codes.dims(), MAPPED_COMPONENTS)?;
    let (values, columns, of) = match short {
        Some((values, components, what)) => (values, components, format!(" {what}")),
        None => (codes.mean.clone(), codes.dims(), String::new()),
    };
    let points = PointSet { values, columns, names: RowNames::default() };
    let PointMap { positions, perplexity, metric: (_, kl), judgement, stopped, .. } =
        map(&points, &MapOptions::new(Method::Tsne), stop, lab)?;
    let stopped = if stopped { ", stopped early" } else { "" };
    Ok(MapLayer {
        kind: LayerKind::Tsne,
        title: "t-SNE".into(),
        axes: ["t-SNE 1".into(), "t-SNE 2".into()],
        note: format!(
            "t-SNE{of}, perplexity {:.0}, KL {kl:.2} nats{stopped}.{} Distances between groups mean little.",
            perplexity.unwrap_or_default(),
            neighbours_kept(&judgement)
        ),
        positions: Some(page.map(&positions)),
        inverse: None,
    })
}

/// What a map's judgement says, as a sentence; nothing where there is none.
fn neighbours_kept(judgement: &[(&'static str, f64)]) -> String {
    match judgement.iter().find(|(name, _)| *name == "knn_preservation") {
        Some((_, share)) => {
            format!(" {:.0} % of the nearest neighbours among codes are so here, too.", 100.0 * share)
        }
        None => String::new(),
    }
}

impl PageParts {
    /// Keeps positions on a map.
    fn map(&mut self, positions: &[f32]) -> explorer::payload::ArrayRef {
        self.blobs.floats(Part::Maps, &[positions.len() / 2, 2], positions, Precision::Single)
    }

    /// Keeps a way back from a map.
    fn inverse(&mut self, mean: &[f32], components: &[f32]) -> Inverse {
        Inverse {
            mean: self.blobs.floats(Part::Maps, &[mean.len()], mean, Precision::Single),
            components: self.blobs.floats(Part::Maps, &[2, mean.len()], components, Precision::Single),
        }
    }
}
