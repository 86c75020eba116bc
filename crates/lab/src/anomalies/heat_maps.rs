//! Where an image is strange: its reconstruction error pixel by pixel, beside that of normal images.

use std::f32::consts::PI;

use rayon::prelude::*;
use train::ImageSource;

use crate::pictures::Pictures;
use crate::runs::Run;

/// Images that go through the network at a time; bounds memory.
const BATCH: usize = 256;
/// Pixels of a side for one of the width over which errors are smoothed.
const SIDE_OF_WIDTH: f32 = 40.0;
const LEAST_WIDTH: f32 = 0.7;

/// How strange each pixel of some images is.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMaps {
    /// Standard deviations above what normal images have at that pixel.
    pub values: Vec<f32>,
    /// Images, height, width.
    pub shape: [usize; 3],
}

impl HeatMaps {
    /// The smoothed errors of all `count` images of `seen`, beside normal ones.
    ///
    /// The squared error, averaged over channels, is smoothed by a Gaussian as wide as a fortieth of the image's smaller
    /// side. From it goes the mean over normal images at that pixel, and the rest is divided by √(½ (s² + s̄²)): s is the
    /// standard deviation at that pixel, s̄² the mean of s² over all pixels, which keeps pixels that never change from
    /// counting without bound.
    pub fn of(run: &mut Run, seen: &ImageSource<'_>, count: usize, normal: &NormalErrors) -> Self {
        smoothed_errors(run, seen, count).beside(normal)
    }

    /// Errors in standard deviations above normal ones.
    fn beside(mut self, normal: &NormalErrors) -> Self {
        self.values.par_chunks_exact_mut(normal.mean.len()).for_each(|map| {
            for (value, (mean, spread)) in map.iter_mut().zip(normal.mean.iter().zip(&normal.spread)) {
                *value = (*value - mean) / spread;
            }
        });
        self
    }

    /// Pixels of one map.
    pub fn each(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// The map of image `i`.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn map(&self, i: usize) -> &[f32] {
        &self.values[i * self.each()..(i + 1) * self.each()]
    }

    /// The hottest pixel of each image.
    pub fn peaks(&self) -> Vec<f64> {
        let hottest = |map: &[f32]| f64::from(map.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        self.values.chunks_exact(self.each()).map(hottest).collect()
    }

    /// The pictures, [images, height, width, channels], with their hot places in colour: from yellow where a pixel is half
    /// as hot as `full` to red at `full` and above.
    ///
    /// # Panics
    /// If they are not as many, of that size.
    pub fn over(&self, pictures: &Pictures, full: f32) -> Pictures {
        let [count, height, width, channels] = pictures.shape;
        assert_eq!([count, height, width], self.shape, "pictures under heat maps");
        let pixels = pictures.pixels.chunks_exact(channels).zip(&self.values).flat_map(|(pixel, heat)| {
            let color = if channels < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
            overlaid(color, heat / full)
        });
        Pictures { pixels: pixels.collect(), shape: [count, height, width, 3] }
    }
}

/// Heat maps of all images, and how hot normal images become.
pub struct Heat {
    /// The maps.
    pub maps: HeatMaps,
    /// The hottest pixel that the share of normal images stays below which the verdict does: colours are full there.
    pub full: f32,
}

impl Heat {
    /// The images at `indices`, which `pictures` are, with their hot places in colour.
    pub fn some_over(&self, pictures: &Pictures, indices: &[usize]) -> Pictures {
        let [_, height, width] = self.maps.shape;
        let values = indices.iter().flat_map(|i| self.maps.map(*i)).copied().collect();
        HeatMaps { values, shape: [indices.len(), height, width] }.over(pictures, self.full)
    }
}

/// A pixel's colour under a heat, 1 where it is full.
fn overlaid(color: [f32; 3], heat: f32) -> [f32; 3] {
    const BEGINNING: f32 = 0.5;
    const OPACITY: f32 = 0.75;
    let share = ((heat - BEGINNING) / (1.0 - BEGINNING)).clamp(0.0, 1.0);
    let (yellow, red) = ([1.0, 0.85, 0.0], [0.84, 0.1, 0.1]);
    let opacity = OPACITY * share.sqrt();
    std::array::from_fn(|i| {
        let hot = yellow[i] + share * (red[i] - yellow[i]);
        color[i] + opacity * (hot - color[i])
    })
}

/// What the errors of normal images are at each pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalErrors {
    /// Mean.
    mean: Vec<f32>,
    /// √(½ (s² + s̄²)), above 0.
    spread: Vec<f32>,
}

impl NormalErrors {
    /// Those of all `count` images of `seen`, at least 2; and their own heat maps.
    pub fn of(run: &mut Run, seen: &ImageSource<'_>, count: usize) -> (Self, HeatMaps) {
        let errors = smoothed_errors(run, seen, count);
        let pixels = errors.each();
        let (mut sum, mut squares) = (vec![0.0f64; pixels], vec![0.0f64; pixels]);
        for map in errors.values.chunks_exact(pixels) {
            for (pixel, value) in map.iter().enumerate() {
                sum[pixel] += f64::from(*value);
                squares[pixel] += f64::from(*value).powi(2);
            }
        }
        let n = count as f64;
        let mean: Vec<f64> = sum.iter().map(|sum| sum / n).collect();
        let variance: Vec<f64> = squares.iter().zip(&mean).map(|(s, m)| (s / n - m * m).max(0.0)).collect();
        let overall = (variance.iter().sum::<f64>() / pixels as f64).max(1e-20);
        let spread = variance.iter().map(|variance| (0.5 * (variance + overall)).sqrt() as f32).collect();
        let normal = Self { mean: mean.into_iter().map(|mean| mean as f32).collect(), spread };
        let maps = errors.beside(&normal);
        (normal, maps)
    }
}

/// Squared errors of the reconstructions, averaged over channels and smoothed.
fn smoothed_errors(run: &mut Run, seen: &ImageSource<'_>, count: usize) -> HeatMaps {
    let shape = run.image_shape();
    let (height, width, channels) = (shape.height, shape.width, shape.channels);
    let filter = Filter::of((height.min(width) as f32 / SIDE_OF_WIDTH).max(LEAST_WIDTH));
    let mut values = Vec::with_capacity(count * height * width);
    for first in (0..count).step_by(BATCH) {
        let indices: Vec<usize> = (first..(first + BATCH).min(count)).collect();
        let made = run.reconstruct_at(seen, &indices);
        let maps: Vec<Vec<f32>> = made
            .targets
            .pixels
            .par_chunks_exact(shape.values())
            .zip(made.outputs.pixels.par_chunks_exact(shape.values()))
            .map(|(target, output)| {
                let errors: Vec<f32> = target
                    .chunks_exact(channels)
                    .zip(output.chunks_exact(channels))
                    .map(|(a, b)| {
                        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / channels as f32
                    })
                    .collect();
                filter.smooth(&errors, height, width)
            })
            .collect();
        values.extend(maps.into_iter().flatten());
    }
    HeatMaps { values, shape: [count, height, width] }
}

/// A Gaussian window; beyond the edge of an image there is nothing, and what is left counts as much as a whole window.
struct Filter(Vec<f32>);

impl Filter {
    /// Of this standard deviation in pixels, cut off at three of them.
    fn of(width: f32) -> Self {
        let reach = (3.0 * width).ceil() as i32;
        let weight = |at: i32| (-0.5 * (at as f32 / width).powi(2)).exp() / (width * (2.0 * PI).sqrt());
        Self((-reach..=reach).map(weight).collect())
    }

    fn smooth(&self, map: &[f32], height: usize, width: usize) -> Vec<f32> {
        let mut rows = vec![0.0; map.len()];
        for (line, out) in map.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            out.iter_mut().enumerate().for_each(|(x, out)| *out = self.at(x, width, |x| line[x]));
        }
        let mut both = vec![0.0; map.len()];
        for (pixel, out) in both.iter_mut().enumerate() {
            let (y, x) = (pixel / width, pixel % width);
            *out = self.at(y, height, |y| rows[y * width + x]);
        }
        both
    }

    fn at(&self, place: usize, length: usize, value: impl Fn(usize) -> f32) -> f32 {
        let reach = self.0.len() / 2;
        let (first, last) = (place.saturating_sub(reach), (place + reach).min(length - 1));
        let (mut sum, mut weights) = (0.0, 0.0);
        for other in first..=last {
            let weight = self.0[other + reach - place];
            sum += weight * value(other);
            weights += weight;
        }
        sum / weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_what_is_even_and_spreads_what_is_not() {
        let filter = Filter::of(1.6);
        let even = filter.smooth(&[0.25; 35], 5, 7);
        assert!(even.iter().all(|value| (value - 0.25).abs() < 1e-6));
        let mut spot = vec![0.0; 21 * 21];
        spot[10 * 21 + 10] = 1.0;
        let spread = filter.smooth(&spot, 21, 21);
        // A Gaussian of 1.6 pixels has 1 / (2π 1.6²) at its middle, and falls by e^(−½) at 1.6 pixels.
        assert!((spread[10 * 21 + 10] - 0.0622).abs() < 5e-4, "{}", spread[10 * 21 + 10]);
        assert!((spread.iter().sum::<f32>() - 1.0).abs() < 1e-3);
        assert!(
            (spread[10 * 21 + 12] / spread[10 * 21 + 10] - (-0.5f32 * (2.0 / 1.6f32).powi(2)).exp()).abs()
                < 1e-4
        );
    }

    #[test]
    fn only_hot_places_are_coloured() {
        let maps = HeatMaps { values: vec![0.0, 2.0, 4.0, 40.0], shape: [1, 2, 2] };
        let grey = Pictures { pixels: vec![0.3; 4], shape: [1, 2, 2, 1] };
        let over = maps.over(&grey, 4.0);
        assert_eq!(over.shape, [1, 2, 2, 3]);
        assert_eq!(over.pixels[..6], [0.3; 6]); // cold, and just at half
        assert_eq!(over.pixels[6..9], over.pixels[9..]); // full is full
        assert!(over.pixels[6] > 0.6 && over.pixels[7] < 0.3);
    }
}
