//! The list of figures, each with an example drawn from a small made-up table.

use crate::color_key::PointColors;
use crate::error::FigureError;
use crate::figure::Figure;
use crate::loss_curves::{LossCurves, LossTerm};
use crate::manifold::{LatentGrid, Manifold};
use crate::raster::Images;
use crate::scatter::LatentScatter;
use crate::tiles::{ComparisonRows, ImageGrid, ImageRow};

/// A kind of figure: what help, documentation and tests say and check about it.
#[derive(Clone, Copy, Debug)]
pub struct FigureKind {
    /// Name in commands and headings.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub shows: &'static str,
    /// Name of its files without extension: `loss-curves` for `loss-curves.svg` and `loss-curves.png`.
    pub stem: &'static str,
    /// Draws it from a small made-up table.
    pub example: fn() -> Result<Figure, FigureError>,
}

/// Every figure of a run, in the order in which a reader looks at them.
pub const FIGURES: &[FigureKind] = &[
    FigureKind {
        name: "loss curves",
        shows: "Each loss term per epoch, training and validation side by side on one axis, best epoch marked.",
        stem: "loss-curves",
        example: loss_curves,
    },
    FigureKind {
        name: "reconstructions",
        shows: "Originals over their reconstructions.",
        stem: "reconstructions",
        example: reconstructions,
    },
    FigureKind {
        name: "denoised",
        shows: "Originals, noisy inputs and denoised outputs, with PSNR.",
        stem: "denoised",
        example: denoised,
    },
    FigureKind {
        name: "samples",
        shows: "Images decoded from draws of the prior.",
        stem: "samples",
        example: samples,
    },
    FigureKind {
        name: "latent scatter",
        shows: "The latent means of a data set in two dimensions, coloured by class or by a value.",
        stem: "latent",
        example: latent,
    },
    FigureKind {
        name: "manifold",
        shows: "What each point of a regular grid in the latent plane decodes to, coordinates on the ticks.",
        stem: "manifold",
        example: manifold,
    },
];

const SIDE: usize = 12;

fn loss_curves() -> Result<Figure, FigureError> {
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

fn reconstructions() -> Result<Figure, FigureError> {
    let (sharp, soft) = (rings(8, 0.0), rings(8, 0.08));
    let rows = [
        ImageRow { label: "original", images: images(&sharp)?, captions: &[] },
        ImageRow { label: "reconstruction", images: images(&soft)?, captions: &[] },
    ];
    let titles: Vec<String> = (0..8).map(|class| class.to_string()).collect();
    ComparisonRows { column_titles: &titles, ..ComparisonRows::new(&rows) }.draw()
}

fn denoised() -> Result<Figure, FigureError> {
    let (clean, soft) = (rings(6, 0.0), rings(6, 0.05));
    let speckle = |(index, value): (usize, &f32)| value + 0.6 * (scatter(index as u32) - 0.5);
    let noisy: Vec<f32> = clean.iter().enumerate().map(speckle).collect();
    let decibels: [Vec<String>; 2] =
        [14.9, 21.3].map(|from| (0..6).map(|i| format!("{:.1} dB", from + i as f64 * 0.2)).collect());
    let rows = [
        ImageRow { label: "original", images: images(&clean)?, captions: &[] },
        ImageRow { label: "noisy", images: images(&noisy)?, captions: &decibels[0] },
        ImageRow { label: "denoised", images: images(&soft)?, captions: &decibels[1] },
    ];
    ComparisonRows { title: Some("Denoising"), ..ComparisonRows::new(&rows) }.draw()
}

fn samples() -> Result<Figure, FigureError> {
    let pixels = rings(24, 0.03);
    ImageGrid::new(images(&pixels)?, 8).draw()
}

fn latent() -> Result<Figure, FigureError> {
    let labels: Vec<u32> = (0..300).map(|point| point % 5).collect();
    let points: Vec<[f32; 2]> = labels
        .iter()
        .enumerate()
        .map(|(point, label)| {
            // The sum of four uniform numbers is nearly normal and the same on every machine.
            let normal =
                |axis: usize| (0..4).map(|i| scatter((8 * point + 4 * axis + i) as u32) - 0.5).sum::<f32>();
            let center = [[0.0, 0.0], [2.0, 1.0], [-1.5, 1.6], [-1.8, -1.2], [1.2, -1.8]][*label as usize];
            [center[0] + normal(0), center[1] + 0.8 * normal(1)]
        })
        .collect();
    LatentScatter {
        colors: PointColors::Classes { labels: &labels, names: &[] },
        ..LatentScatter::new(&points)
    }
    .draw()
}

fn manifold() -> Result<Figure, FigureError> {
    let grid = LatentGrid::square(-2.0, 2.0, 9);
    let pixels: Vec<f32> =
        grid.points().flat_map(|[x, y]| ring(0.25 + 0.05 * x, 0.1 + 0.03 * y.abs(), 0.04 * y)).collect();
    Manifold::new(images(&pixels)?, &grid).draw()
}

fn images(pixels: &[f32]) -> Result<Images<'_>, FigureError> {
    Images::new(pixels, [pixels.len() / (SIDE * SIDE), SIDE, SIDE, 1])
}

/// Rings of growing radius; `blur` softens their edges.
fn rings(count: usize, blur: f32) -> Vec<f32> {
    (0..count).flat_map(|i| ring(0.15 + 0.2 * i as f32 / count as f32, 0.1 + blur, 0.0)).collect()
}

/// One grey ring; radius, edge and shift are shares of the image's side.
fn ring(radius: f32, edge: f32, shift: f32) -> Vec<f32> {
    let pixel = |index: usize| {
        let place = |i: usize| (i as f32 + 0.5) / SIDE as f32 - 0.5;
        let (x, y) = (place(index % SIDE) - shift, place(index / SIDE));
        1.0 - ((x * x + y * y).sqrt() - radius).abs() / edge
    };
    (0..SIDE * SIDE).map(pixel).collect()
}

/// A number in [0, 1) that looks random and depends on `index` alone.
fn scatter(index: u32) -> f32 {
    let mut bits = index.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    ((bits ^ (bits >> 16)) >> 8) as f32 / 16_777_216.0
}
