//! Example figures made of numbers.

use super::noise::noise;
use crate::bars::{ExplainedVariance, KlBars};
use crate::color_key::PointColors;
use crate::column_scatter::ColumnScatter;
use crate::error::FigureError;
use crate::figure::Figure;
use crate::loss_curves::{LossCurves, LossTerm};
use crate::panels::Panels;
use crate::parallel_coordinates::ParallelCoordinates;
use crate::posterior_panels::{PosteriorPanel, PosteriorPanels};
use crate::rate_distortion::{RateDistortion, RatedModel};
use crate::roc::{RocCurve, RocCurves};
use crate::scatter::LatentScatter;
use crate::score_histogram::{ScoreGroup, ScoreHistogram};
use crate::silhouette::SilhouettePlot;
use crate::value_column::ValueColumn;

pub(super) fn loss_curves() -> Result<Figure, FigureError> {
    let fall = |from: f64, to: f64| -> Vec<f64> {
        (0..20).map(|epoch| to + (from - to) / (1.0 + epoch as f64 * 0.8)).collect()
    };
    let sum = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
    let (train, valid) = ([fall(165.0, 88.0), fall(9.0, 19.0)], [fall(124.0, 91.0), fall(13.0, 18.8)]);
    let totals = [sum(&train[0], &train[1]), sum(&valid[0], &valid[1])];
    let terms = [
        LossTerm { name: "total", train: &totals[0], valid: &totals[1] },
        LossTerm { name: "reconstruction", train: &train[0], valid: &valid[0] },
        LossTerm { name: "kl", train: &train[1], valid: &valid[1] },
    ];
    LossCurves { best_epoch: Some(20), ..LossCurves::new(&terms, "nats per image") }.draw()
}

pub(super) fn latent() -> Result<Figure, FigureError> {
    let centers = [[0.0, 0.0], [2.0, 1.0], [-1.5, 1.6], [-1.8, -1.2], [1.2, -1.8]];
    let (points, labels) = clouds(300, &centers);
    LatentScatter {
        colors: PointColors::Classes { labels: &labels, names: &[] },
        ..LatentScatter::new(&points)
    }
    .draw()
}

pub(super) fn map() -> Result<Figure, FigureError> {
    let centers = [
        [0.0, 4.0],
        [2.4, 3.2],
        [3.8, 1.2],
        [3.8, -1.2],
        [2.4, -3.2],
        [0.0, -4.0],
        [-2.4, -3.2],
        [-3.8, -1.2],
        [-3.8, 1.2],
        [-2.4, 3.2],
    ];
    let (points, labels) = clouds(600, &centers);
    LatentScatter {
        colors: PointColors::Classes { labels: &labels, names: &[] },
        axes: ["t-SNE 1", "t-SNE 2"],
        title: Some("t-SNE, perplexity 30"),
        points: &points,
    }
    .draw()
}

pub(super) fn explained_variance() -> Result<Figure, FigureError> {
    ExplainedVariance::new(&[0.412, 0.221, 0.117, 0.083, 0.061, 0.040, 0.028, 0.019, 0.012, 0.007]).draw()
}

pub(super) fn silhouettes() -> Result<Figure, FigureError> {
    let labels: Vec<u32> = (0..1_000).map(|sample| sample % 5).collect();
    let value = |(sample, label): (usize, &u32)| {
        0.14 * *label as f32 - 0.3 + 0.6 * (noise(sample as u32) + noise(sample as u32 + 5_000)) / 2.0
    };
    let values: Vec<f32> = labels.iter().enumerate().map(value).collect();
    SilhouettePlot::new(&values, &labels).draw()
}

pub(super) fn kl() -> Result<Figure, FigureError> {
    let kl = [0.004, 3.12, 2.87, 1.41, 0.002, 2.35, 3.41, 0.62, 1.98, 0.001];
    let active = kl.map(|kl| kl > 0.01);
    KlBars { kl: &kl, active: &active, criterion: "Var(μ) > 0.01", title: None }.draw()
}

pub(super) fn posterior() -> Result<Figure, FigureError> {
    let shapes = [(0.0, 1.0), (0.4, 0.8), (-0.3, 1.2), (0.0, 0.6), (0.1, 1.05), (0.0, 1.0)];
    let density = |(mean, std): (f64, f64)| -> Vec<f64> {
        let center = |bin: i32| -4.0 + 0.2 * (f64::from(bin) + 0.5);
        let distance = |bin: i32| (center(bin) - mean).abs() / std;
        // A triangle of the same mean, which shows how a posterior can differ from the prior.
        (0..40).map(|bin| (1.0 - distance(bin) / 2.45).max(0.0) / (2.45 * std)).collect()
    };
    let densities = shapes.map(density);
    let panels: Vec<PosteriorPanel> = shapes
        .iter()
        .zip(&densities)
        .enumerate()
        .map(|(dim, ((mean, std), density))| PosteriorPanel {
            dim,
            range: (-4.0, 4.0),
            density,
            mean: *mean,
            std: *std,
        })
        .collect();
    PosteriorPanels::new(&panels).draw()
}

pub(super) fn roc() -> Result<Figure, FigureError> {
    // The curve y = 1 − (1 − x)ᵏ has the area k / (k + 1); squares and cubes are the same on every machine.
    let curve = |power: i32| -> Vec<[f64; 2]> {
        (0..=50).map(|step| f64::from(step) / 50.0).map(|x| [x, 1.0 - (1.0 - x).powi(power)]).collect()
    };
    let (steep, flat) = (curve(9), curve(3));
    let curves = [
        RocCurve { name: "reconstruction error", points: &steep, auroc: 0.9 },
        RocCurve { name: "KL", points: &flat, auroc: 0.75 },
    ];
    RocCurves { title: Some("Class 7 held out"), ..RocCurves::new(&curves) }.draw()
}

pub(super) fn rate_distortion() -> Result<Figure, FigureError> {
    let model = |name, rate, distortion| RatedModel { name, rate, distortion };
    let models = [
        model("KL weight 1", 6.5, 147.6),
        model("KL weight 0.1", 13.0, 141.2),
        model("KL weight 5", 3.1, 168.0),
    ];
    let distortion = "distortion: BCE (nats per image)";
    RateDistortion { models: &models, distortion, is_curve: true, title: None }.draw()
}

/// Settings and results of 24 made-up runs by name; the last one was not evaluated.
fn sweep() -> (Vec<String>, Vec<(&'static str, Vec<f64>)>) {
    let runs: Vec<usize> = (0..24).collect();
    let column = |value: &dyn Fn(usize) -> f64| runs.iter().map(|run| value(*run)).collect::<Vec<f64>>();
    let size = |run: usize| [2.0, 4.0, 8.0, 16.0][run % 4];
    let weight = |run: usize| [0.1, 1.0, 4.0][run / 4 % 3];
    let rate = |run: usize| [0.001, 0.03][run / 12];
    let jitter = |run: usize| f64::from(noise(run as u32));
    let loss =
        |run: usize| 96.0 + 60.0 / size(run) + 7.0 * weight(run) + 150.0 * rate(run) + 3.0 * jitter(run);
    let psnr = |run: usize| if run == 23 { f64::NAN } else { 26.0 - (loss(run) - 96.0) / 7.0 };
    let columns = vec![
        ("latent.size", column(&size)),
        ("kl.weight", column(&weight)),
        ("learning_rate", column(&rate)),
        ("psnr", column(&psnr)),
        ("valid_total", column(&loss)),
    ];
    (runs.iter().map(|run| format!("digits-vae-{}", run + 1)).collect(), columns)
}

pub(super) fn parallel_coordinates() -> Result<Figure, FigureError> {
    let (rows, columns) = sweep();
    let columns: Vec<ValueColumn> =
        columns.iter().map(|(name, values)| ValueColumn { name, values, names: &[] }).collect();
    ParallelCoordinates { rows: &rows, columns: &columns, color: 4, title: None }.draw()
}

pub(super) fn column_scatter() -> Result<Figure, FigureError> {
    let (rows, columns) = sweep();
    let column = |at: usize| ValueColumn { name: columns[at].0, values: &columns[at].1, names: &[] };
    ColumnScatter { rows: &rows, x: column(1), y: column(3), color: column(0), title: None }.draw()
}

pub(super) fn panels() -> Result<Figure, FigureError> {
    let (autoencoder, variational) = (latent()?, map()?);
    let title = Some("Two models");
    Panels { title, ..Panels::new(&[("autoencoder", &autoencoder), ("VAE", &variational)], 2) }.draw()
}

/// `count` points around `centers` in turn, and whose they are.
fn clouds(count: usize, centers: &[[f32; 2]]) -> (Vec<[f32; 2]>, Vec<u32>) {
    let labels: Vec<u32> = (0..count as u32).map(|point| point % centers.len() as u32).collect();
    let points = labels.iter().enumerate().map(|(point, label)| {
        // The sum of four uniform numbers is nearly normal and the same on every machine.
        let normal =
            |axis: usize| (0..4).map(|i| noise((8 * point + 4 * axis + i) as u32) - 0.5).sum::<f32>();
        let center = centers[*label as usize];
        [center[0] + normal(0), center[1] + 0.8 * normal(1)]
    });
    (points.collect(), labels)
}

pub(super) fn scores() -> Result<Figure, FigureError> {
    let bell = |first: u32, count: u32, middle: f64, width: f64| -> Vec<f64> {
        let one = |i: u32| (0..6).map(|part| f64::from(noise(first + 6 * i + part))).sum::<f64>() - 3.0;
        (0..count).map(|i| middle + width * one(i)).collect()
    };
    let (normal, scored, anomalous) =
        (bell(0, 600, 80.0, 9.0), bell(9_000, 240, 82.0, 9.0), bell(20_000, 60, 128.0, 22.0));
    let groups = [
        ScoreGroup { name: "normal, held out", scores: &normal },
        ScoreGroup { name: "normal, scored", scores: &scored },
        ScoreGroup { name: "anomalous", scores: &anomalous },
    ];
    let threshold = Some((97.0, "threshold: 1 % of normal images lie above"));
    ScoreHistogram { threshold, ..ScoreHistogram::new(&groups, "reconstruction error") }.draw()
}
