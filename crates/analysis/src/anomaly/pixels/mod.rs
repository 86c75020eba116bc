//! Where a picture is unlike normal ones: local features of it and of its reconstruction, beside those that normal
//! pictures have.
//!
//! A pixel is described by the energies of a Gaussian pyramid's bands and by what lies below them (Burt & Adelson 1983), of
//! the picture and of what its reconstruction lacks. Normal pictures give these a mean and a covariance, and the squared
//! Mahalanobis distance says how far a pixel lies from them: as PaDiM does with features of a trained network (Defard et al.
//! 2021), with the covariance pooled over pixels, so that a few normal pictures are enough.

mod features;
mod filter;

use rayon::prelude::*;

use self::features::{Filters, feature_count};
use self::filter::Gaussian;
use super::error::AnomalyError;
use crate::spectral::{cholesky, inverse_of_lower};

/// Pixels of a side for one of the deviation over which distances are smoothed.
const SIDE_OF_WINDOW: f64 = 80.0;
const LEAST_WINDOW: f64 = 0.35;
/// Part of the features' mean variance that each gets besides its own.
const RIDGE: f64 = 1e-3;

/// Whether pictures show the same thing at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// They do: each pixel is compared with itself.
    Aligned,
    /// They do not, or have different sizes: all pixels are compared with the same.
    Anywhere,
}

/// A picture's pixels and those of its reconstruction, [height, width, channels] in [0, 1].
#[derive(Clone, Copy, Debug)]
pub struct PicturePair<'a> {
    /// The picture.
    pub picture: &'a [f32],
    /// What became of it.
    pub reconstruction: &'a [f32],
}

/// What normal pictures are like, pixel by pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalPixels {
    /// Height, width, channels of the pictures.
    pub shape: [usize; 3],
    /// Mean of each feature at each place. [places, features]
    pub mean: Vec<f32>,
    /// L⁻¹ of the features' covariance L Lᵀ, around their mean. [features, features]
    pub whitening: Vec<f32>,
    /// Mean of ln(1 + d²) at each place, with d² the smoothed squared distance. \[places\]
    pub distance: Vec<f32>,
    /// √(½ (s² + s̄²)) of it: s is the deviation at that place, s̄² the mean of s² over all. \[places\]
    pub spread: Vec<f32>,
}

/// How the pictures that statistics come from look beside them.
pub struct NormalMaps {
    /// The statistics.
    pub pixels: NormalPixels,
    /// The hottest pixel of each normal picture, beside the others: as of a picture that the statistics do not hold.
    pub peaks: Vec<f64>,
}

impl NormalPixels {
    /// Statistics of `count` normal pictures, at least 2, which `pairs` gives some at a time: it calls what it is given
    /// with each batch, and is itself called twice.
    ///
    /// # Errors
    /// [`AnomalyError::FewNormal`] of fewer pictures, [`AnomalyError::NotFinite`] where values are not finite.
    pub fn of(
        shape: [usize; 3],
        alignment: Alignment,
        count: usize,
        mut pairs: impl FnMut(&mut dyn FnMut(&[PicturePair<'_>])),
    ) -> Result<NormalMaps, AnomalyError> {
        if count < 2 {
            return Err(AnomalyError::FewNormal { samples: count, least: 2 });
        }
        let (pixels, size, filters) = (shape[0] * shape[1], feature_count(shape[2]), Filters::new());
        let mut sums = Sums::new(pixels, size);
        pairs(&mut |batch| {
            let features: Vec<Vec<f32>> = batch
                .par_iter()
                .map(|pair| filters.features(pair.picture, pair.reconstruction, shape[1], shape[2]))
                .collect();
            features.iter().for_each(|features| sums.add(features));
        });
        let (mean, covariance) = sums.finished(alignment);
        let lower =
            cholesky(&covariance, size).ok_or(AnomalyError::NotFinite { index: 0, value: f64::NAN })?;
        let whitening = inverse_of_lower(&lower, size).iter().map(|value| *value as f32).collect();
        let places = if alignment == Alignment::Aligned { pixels } else { 1 };
        let mut normal =
            Self { shape, mean, whitening, distance: vec![0.0; places], spread: vec![1.0; places] };
        let mut distances = Vec::with_capacity(count);
        pairs(&mut |batch| {
            let map = |pair: &PicturePair<'_>| normal.heat(*pair, shape[0], shape[1]);
            distances.extend(batch.par_iter().map(map).collect::<Vec<_>>());
        });
        let peaks = normal.set_distances(&distances, places);
        Ok(NormalMaps { pixels: normal, peaks })
    }

    /// How strange each pixel of a picture of `height` × `width` pixels is: by how many deviations ln(1 + d²), with d² its
    /// smoothed squared distance, lies above that of normal pictures; the logarithm keeps their tail short. // [height, width]
    ///
    /// # Panics
    /// If the picture is of another size than the normal ones, and these are aligned.
    pub fn heat(&self, pair: PicturePair<'_>, height: usize, width: usize) -> Vec<f32> {
        let places = self.distance.len();
        assert!(places == 1 || places == height * width, "a picture of another size than normal ones");
        let size = feature_count(self.shape[2]);
        let features = Filters::new().features(pair.picture, pair.reconstruction, width, self.shape[2]);
        let means = self.mean.chunks_exact(size).cycle();
        let mut deviation = vec![0.0f32; size];
        let squared: Vec<f32> = features
            .chunks_exact(size)
            .zip(means)
            .map(|(features, mean)| {
                deviation.iter_mut().zip(features.iter().zip(mean)).for_each(|(to, (a, b))| *to = a - b);
                self.squared_distance(&deviation)
            })
            .collect();
        // As wide as the normal pictures ask for: tiles of a large picture have their scale.
        let side = self.shape[0].min(self.shape[1]) as f64;
        let mut map = Gaussian::new((side / SIDE_OF_WINDOW).max(LEAST_WINDOW)).over(&squared, width);
        let normal = self.distance.iter().zip(&self.spread).cycle();
        map.iter_mut()
            .zip(normal)
            .for_each(|(value, (mean, spread))| *value = (value.max(0.0).ln_1p() - mean) / spread);
        map
    }

    /// The statistics by name, to be stored.
    pub fn parts(&self) -> [(&'static str, &[f32]); 4] {
        [
            ("mean", &self.mean),
            ("whitening", &self.whitening),
            ("distance", &self.distance),
            ("spread", &self.spread),
        ]
    }

    /// What was stored of pictures of this shape; `None` unless every part has its length, and values that can be.
    pub fn from_parts(shape: [usize; 3], part: impl Fn(&str) -> Option<Vec<f32>>) -> Option<Self> {
        let [mean, whitening, distance, spread] =
            [part("mean")?, part("whitening")?, part("distance")?, part("spread")?];
        let (places, size) = (distance.len(), feature_count(shape[2]));
        let is_whole = (places == 1 || Some(places) == shape[0].checked_mul(shape[1]))
            && shape.iter().all(|side| *side > 0)
            && mean.len() == places * size
            && whitening.len() == size * size
            && spread.len() == places
            && spread.iter().all(|value| *value > 0.0)
            && mean.iter().chain(&whitening).chain(&distance).chain(&spread).all(|value| value.is_finite());
        is_whole.then_some(Self { shape, mean, whitening, distance, spread })
    }

    fn squared_distance(&self, deviation: &[f32]) -> f32 {
        let rows = self.whitening.chunks_exact(deviation.len()).enumerate();
        rows.map(|(row, weights)| {
            let sum: f32 = weights[..=row].iter().zip(deviation).map(|(weight, value)| weight * value).sum();
            sum * sum
        })
        .sum()
    }

    /// Sets mean and spread of the distances of normal pictures; the hottest pixel of each, beside mean and spread of the
    /// others.
    fn set_distances(&mut self, maps: &[Vec<f32>], places: usize) -> Vec<f64> {
        let pixels = self.shape[0] * self.shape[1];
        let each = (pixels / places) as f64; // pixels of a picture at one place
        let (mut sum, mut squares) = (vec![0.0f64; places], vec![0.0f64; places]);
        for map in maps {
            for (pixel, value) in map.iter().enumerate() {
                sum[pixel % places] += f64::from(*value);
                squares[pixel % places] += f64::from(*value).powi(2);
            }
        }
        let moments = |sum: &[f64], squares: &[f64], n: f64| -> (Vec<f64>, Vec<f64>) {
            let mean: Vec<f64> = sum.iter().map(|sum| sum / n).collect();
            let variances: Vec<f64> =
                squares.iter().zip(&mean).map(|(square, mean)| (square / n - mean * mean).max(0.0)).collect();
            let overall = (variances.iter().sum::<f64>() / places as f64).max(1e-20);
            let spread = variances.iter().map(|variance| (0.5 * (variance + overall)).sqrt()).collect();
            (mean, spread)
        };
        let peaks = maps
            .par_iter()
            .map(|map| {
                let (mut others, mut other_squares) = (sum.clone(), squares.clone());
                for (pixel, value) in map.iter().enumerate() {
                    others[pixel % places] -= f64::from(*value);
                    other_squares[pixel % places] -= f64::from(*value).powi(2);
                }
                let (mean, spread) = moments(&others, &other_squares, (maps.len() - 1) as f64 * each);
                let heats = map.iter().enumerate().map(|(pixel, value)| {
                    let place = pixel % places;
                    (f64::from(*value) - mean[place]) / spread[place]
                });
                heats.fold(f64::NEG_INFINITY, f64::max)
            })
            .collect();
        let (mean, spread) = moments(&sum, &squares, maps.len() as f64 * each);
        self.distance = mean.into_iter().map(|value| value as f32).collect();
        self.spread = spread.into_iter().map(|value| value as f32).collect();
        peaks
    }
}

/// Sums over the features of normal pictures.
struct Sums {
    size: usize,
    pictures: usize,
    /// Σ f at each pixel. // [pixels, features]
    first: Vec<f64>,
    /// Σ f fᵀ over all pixels, its lower triangle. // [features, features]
    second: Vec<f64>,
}

impl Sums {
    fn new(pixels: usize, size: usize) -> Self {
        Self { size, pictures: 0, first: vec![0.0; pixels * size], second: vec![0.0; size * size] }
    }

    fn add(&mut self, features: &[f32]) {
        self.pictures += 1;
        let size = self.size;
        for (sums, features) in self.first.chunks_exact_mut(size).zip(features.chunks_exact(size)) {
            for i in 0..size {
                let value = f64::from(features[i]);
                sums[i] += value;
                for (sum, other) in self.second[i * size..].iter_mut().zip(&features[..=i]) {
                    *sum += value * f64::from(*other);
                }
            }
        }
    }

    /// The mean at each place, and the covariance around it with its ridge.
    fn finished(self, alignment: Alignment) -> (Vec<f32>, Vec<f64>) {
        let Self { size, pictures, first, second } = self;
        let pixels = first.len() / size;
        let mean: Vec<f64> = match alignment {
            Alignment::Aligned => first.iter().map(|sum| sum / pictures as f64).collect(),
            Alignment::Anywhere => (0..size)
                .map(|i| first[i..].iter().step_by(size).sum::<f64>() / (pictures * pixels) as f64)
                .collect(),
        };
        let places = (mean.len() / size) as f64;
        let mut covariance = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let products: f64 = mean.chunks_exact(size).map(|mean| mean[i] * mean[j]).sum();
                let value = second[i * size + j] / (pictures * pixels) as f64 - products / places;
                (covariance[i * size + j], covariance[j * size + i]) = (value, value);
            }
        }
        let trace: f64 = (0..size).map(|i| covariance[i * size + i]).sum();
        let ridge = (RIDGE * trace / size as f64).max(1e-12);
        (0..size).for_each(|i| covariance[i * size + i] += ridge);
        (mean.into_iter().map(|value| value as f32).collect(), covariance)
    }
}
