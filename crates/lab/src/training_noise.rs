//! The noise that a denoiser learns to take off, by the noise that its images have themselves.

use analysis::noise_level;
use data::{Dataset, Noise};

/// Images that are looked at.
const LOOKED_AT: usize = 200;
/// Standard deviation of noise, in units of pixel value, below which images are clean: 5 of 255.
const CLEAN: f64 = 0.02;
/// What is put on images that are clean.
const USUAL: f32 = 0.1;
/// Noise on an image that is noisy already, in units of its own. A net that is to give back the image as it was leaves
/// 1 / (1 + ratio²) of its own noise on it: half, for one as much, and a fifth for twice as much.
const RATIO: f64 = 2.0;

/// The noise, and why so much.
pub struct TrainingNoise {
    /// What is put on the images.
    pub noise: Noise,
    /// One sentence.
    pub reason: String,
}

impl TrainingNoise {
    /// For these images: the median over images and channels of what each has ([`noise_level`]).
    pub fn of(set: &Dataset) -> Self {
        if set.columns().is_some() {
            let reason =
                "noise: gaussian:0.2 is put on, of columns of deviation 1 (--noise gaussian:S for another)";
            return Self { noise: Noise::gaussian(0.2), reason: reason.into() };
        }
        let shape = set.shape();
        let every = set.len().div_ceil(LOOKED_AT);
        let mut levels: Vec<f64> = Vec::new();
        let mut image = vec![0.0; shape.values()];
        for index in (0..set.len()).step_by(every) {
            set.image(index, &mut image);
            for channel in 0..shape.channels {
                let plane: Vec<f32> = image.iter().skip(channel).step_by(shape.channels).copied().collect();
                levels.push(noise_level(&plane, shape.height, shape.width));
            }
        }
        levels.sort_unstable_by(f64::total_cmp);
        let own = levels[levels.len() / 2];
        let change = "--noise gaussian:S, or poisson, salt, blur, jpeg, for another";
        if own < CLEAN {
            let reason = format!(
                "noise: gaussian:{USUAL} is put on, because the images are clean: theirs is {own:.3}, of pixel values from 0 \
                 to 1, by their finest wavelet coefficients ({change})"
            );
            return Self { noise: Noise::gaussian(USUAL), reason };
        }
        let level = ((100.0 * RATIO * own).round() / 100.0).min(1.0) as f32;
        let reason = format!(
            "noise: gaussian:{level} is put on, because the images have {own:.3} themselves, by their finest wavelet \
             coefficients, and of what is less a net would keep a good part ({change}; --clean FOLDER, where there are clean \
             ones)"
        );
        Self { noise: Noise::gaussian(level), reason }
    }
}
