//! Example figures made of small images.

use super::noise::noise;
use crate::axis::{decimal, latent_axis};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::manifold::{LatentGrid, Manifold};
use crate::raster::Images;
use crate::tiles::{ComparisonRows, ImageGrid, ImageRow};

const SIDE: usize = 12;

pub(super) fn reconstructions() -> Result<Figure, FigureError> {
    let (sharp, soft) = (rings(8, 0.0), rings(8, 0.08));
    let rows = [
        ImageRow { label: "original", images: images(&sharp)?, captions: &[] },
        ImageRow { label: "reconstruction", images: images(&soft)?, captions: &[] },
    ];
    let titles: Vec<String> = (0..8).map(|class| class.to_string()).collect();
    ComparisonRows { column_titles: &titles, ..ComparisonRows::new(&rows) }.draw()
}

pub(super) fn denoised() -> Result<Figure, FigureError> {
    let (clean, soft) = (rings(6, 0.0), rings(6, 0.05));
    let speckle = |(index, value): (usize, &f32)| value + 0.6 * (noise(index as u32) - 0.5);
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

pub(super) fn samples() -> Result<Figure, FigureError> {
    let pixels = rings(24, 0.03);
    ImageGrid::new(images(&pixels)?, 8).draw()
}

pub(super) fn manifold() -> Result<Figure, FigureError> {
    let grid = LatentGrid::square(-2.0, 2.0, 9);
    let pixels: Vec<f32> =
        grid.points().flat_map(|[x, y]| ring(0.25 + 0.05 * x, 0.1 + 0.03 * y.abs(), 0.04 * y)).collect();
    Manifold::new(images(&pixels)?, &grid).draw()
}

pub(super) fn traversal() -> Result<Figure, FigureError> {
    let values: Vec<f32> = (-3..=3).map(|value| value as f32).collect();
    let titles: Vec<String> = values.iter().map(|value| decimal(f64::from(*value), 1)).collect();
    let changes: [fn(f32) -> Vec<f32>; 3] = [
        |value| ring(0.25 + 0.05 * value, 0.12, 0.0),
        |value| ring(0.25, 0.12, 0.05 * value),
        |value| ring(0.25, 0.12 + 0.03 * value, 0.0),
    ];
    let strips: Vec<Vec<f32>> =
        changes.iter().map(|change| values.iter().flat_map(|value| change(*value)).collect()).collect();
    let names: Vec<String> = (0..strips.len()).map(latent_axis).collect();
    let rows: Vec<ImageRow> = strips
        .iter()
        .zip(&names)
        .map(|(strip, name)| Ok(ImageRow { label: name, images: images(strip)?, captions: &[] }))
        .collect::<Result<_, FigureError>>()?;
    ComparisonRows { column_titles: &titles, ..ComparisonRows::new(&rows) }.draw()
}

pub(super) fn interpolation() -> Result<Figure, FigureError> {
    let between = |bend: f32| -> Vec<f32> {
        let part = |step: i32| step as f32 / 8.0;
        (0..=8)
            .flat_map(|step| {
                ring(0.15 + 0.25 * part(step), 0.1 + bend * part(step) * (1.0 - part(step)), 0.0)
            })
            .collect()
    };
    let titles: Vec<String> = (0..=8).map(|step| decimal(f64::from(step) / 8.0, 2)).collect();
    let (linear, spherical) = (between(0.2), between(0.0));
    let rows = [
        ImageRow { label: "linear", images: images(&linear)?, captions: &[] },
        ImageRow { label: "spherical", images: images(&spherical)?, captions: &[] },
    ];
    ComparisonRows { column_titles: &titles, ..ComparisonRows::new(&rows) }.draw()
}

pub(super) fn anomalies() -> Result<Figure, FigureError> {
    let (strange, usual) = (rings(6, 0.0), rings(6, 0.15));
    let titles: Vec<String> = (1..=6).map(|rank| format!("#{rank}")).collect();
    let scores: Vec<String> = (0..6).map(|rank| decimal(212.4 - 9.3 * f64::from(rank), 1)).collect();
    let rows = [
        ImageRow { label: "original", images: images(&strange)?, captions: &[] },
        ImageRow { label: "reconstruction", images: images(&usual)?, captions: &scores },
    ];
    let title = Some("Most anomalous by reconstruction error");
    ComparisonRows { column_titles: &titles, title, ..ComparisonRows::new(&rows) }.draw()
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
