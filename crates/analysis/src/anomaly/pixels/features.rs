//! What is seen at each pixel of a picture beside its reconstruction.

use super::filter::Gaussian;

/// Standard deviations in pixels of the Gaussians between which a picture's bands lie.
const BANDS: [f64; 3] = [1.0, 2.0, 4.0];
/// Standard deviations in pixels over which the energy of each band is taken.
const WINDOWS: [f64; 3] = [1.0, 1.41, 2.0];
/// Amplitude, of values in [0, 1], below which differences in energy do not count.
const FLOOR: f32 = 1e-3;

/// The filters of all pictures.
pub(super) struct Filters {
    bands: [Gaussian; 3],
    windows: [Gaussian; 3],
}

impl Filters {
    pub fn new() -> Self {
        Self { bands: BANDS.map(Gaussian::new), windows: WINDOWS.map(Gaussian::new) }
    }

    /// Features of each pixel, [height, width, features], of a picture [height, width, channels] in [0, 1] and its
    /// reconstruction; first of the picture, then of what the two differ by: the logarithm of the energy in each of three
    /// bands, averaged over channels, and what lies below the bands, channel by channel. Last the finest band of the
    /// difference as it is.
    pub fn features(
        &self,
        picture: &[f32],
        reconstruction: &[f32],
        width: usize,
        channels: usize,
    ) -> Vec<f32> {
        let pixels = picture.len() / channels;
        let plane =
            |channel: usize| -> Vec<f32> { picture[channel..].iter().step_by(channels).copied().collect() };
        let difference = |channel: usize| -> Vec<f32> {
            let other = reconstruction[channel..].iter().step_by(channels);
            plane(channel).iter().zip(other).map(|(a, b)| a - b).collect()
        };
        let mut planes = Vec::with_capacity(feature_count(channels));
        let seen: Vec<Vec<f32>> = (0..channels).map(plane).collect();
        self.describe(&seen, width, &mut planes);
        let differing: Vec<Vec<f32>> = (0..channels).map(difference).collect();
        let finest = self.describe(&differing, width, &mut planes);
        planes.extend(finest);
        let count = planes.len();
        let mut features = vec![0.0; pixels * count];
        for (feature, plane) in planes.iter().enumerate() {
            features[feature..].iter_mut().step_by(count).zip(plane).for_each(|(to, value)| *to = *value);
        }
        features
    }

    /// Adds the energies and the low passes of some channels; the finest band of each.
    fn describe(&self, channels: &[Vec<f32>], width: usize, planes: &mut Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let mut upper = channels.to_vec();
        let mut finest = Vec::new();
        for (filter, window) in self.bands.iter().zip(&self.windows) {
            let lower: Vec<Vec<f32>> = channels.iter().map(|plane| filter.over(plane, width)).collect();
            let mut energy = vec![0.0; channels[0].len()];
            for (upper, lower) in upper.iter_mut().zip(&lower) {
                for ((energy, upper), lower) in energy.iter_mut().zip(upper.iter_mut()).zip(lower) {
                    *upper -= lower;
                    *energy += *upper * *upper / channels.len() as f32;
                }
            }
            let log = |energy: &f32| (energy + FLOOR * FLOOR).ln();
            planes.push(window.over(&energy, width).iter().map(log).collect());
            if finest.is_empty() {
                finest = upper;
            }
            upper = lower;
        }
        planes.extend(upper);
        finest
    }
}

/// Features of a pixel.
pub(super) fn feature_count(channels: usize) -> usize {
    2 * (BANDS.len() + channels) + channels
}
