//! About how long measures take, and how much memory.

use std::time::Duration;

use data::{Dataset, Splits};

use crate::feature_space::{CODE_COMPONENTS, LONG_CODE};
use crate::lab::Lab;
use crate::memory::size;
use crate::numbers::duration;
use crate::runs::Run;

use super::images::{COMPARED, SCORE_SAMPLES};
use super::subject::Effort;

/// Multiplications and additions that one thread does in a second, in the measures' loops.
const SPEED: f64 = 3e9;
/// Seconds that a thread takes for a point of t-SNE in all iterations.
const TSNE: f64 = 4e-3;
/// Passes of images through the network that a report takes beside those of all test images.
const PASSES: f64 = 4_500.0;
/// Work that takes longer is announced.
const LONG: f64 = 60.0;

/// An estimate.
pub struct Cost {
    seconds: f64,
    bytes: u64,
}

impl Cost {
    /// Of a full evaluation of `set`: from the numbers of images, pixels and code values, and the measured speed of the
    /// network.
    pub fn of_evaluation(run: &Run, splits: &Splits, set: &Dataset, effort: Effort, lab: &Lab) -> Self {
        let size = Size::of(run, splits, set);
        let samples = match run.trained.model.network().is_variational() {
            true => {
                let finds = !run.trained.recipe.data.exclude_classes.is_empty();
                effort.samples + SCORE_SAMPLES * u64::from(finds)
            }
            false => 0,
        };
        let compared = lab.memory().images_at_a_time(size.pixels as usize, 4, COMPARED.min(set.len())) as f64;
        let passes =
            size.train + size.images * (2.0 + samples as f64) + 2.0 * compared + PASSES.min(size.train);
        let distances = 3.0 * compared * compared * size.pixels;
        // On one thread.
        let eigenvalues = 30.0 * size.pixels.min(compared).min(1_024.0).powi(3);
        let seconds = passes / effort.images_per_second.max(1e-3)
            + (size.components() + size.classes() + distances) / (SPEED * lab.threads() as f64)
            + eigenvalues / SPEED;
        let floats = (4.0 * compared * size.pixels).max(2.0 * size.fitted() * size.pixels)
            + (size.train + size.images) * size.code * 3.0;
        Self { seconds, bytes: (4.0 * floats) as u64 }
    }

    /// Of a report on the test images, from the same.
    pub fn of_report(run: &Run, splits: &Splits, images_per_second: f64, lab: &Lab) -> Self {
        let size = Size::of(run, splits, &splits.test);
        let passes = 2.0 * size.images + PASSES.min(size.train);
        let mapped = if size.code > 2.0 { size.images.min(5_000.0) } else { 0.0 };
        let steps = size.components() + size.images * size.images * size.measured_code();
        let seconds =
            passes / images_per_second.max(1e-3) + (steps / SPEED + mapped * TSNE) / lab.threads() as f64;
        let floats = 2.0 * size.fitted() * size.pixels + size.images * size.code * 3.0;
        Self { seconds, bytes: (4.0 * floats) as u64 }
    }

    /// Says what it is, if it is more than a minute.
    pub fn announce(&self, what: &str, lab: &Lab) {
        let rounded = (self.seconds / 10.0).ceil() * 10.0;
        let time = duration(Duration::from_secs_f64(rounded.clamp(0.0, 1e9)));
        let memory = size(self.bytes);
        let text = format!("{what}: about {time}, with up to {memory} beside the images and the model");
        if self.seconds > LONG {
            lab.note(format_args!("{text}; Ctrl-C keeps what is measured by then"));
        } else {
            lab.detail(text);
        }
    }
}

/// Counts that costs grow with.
struct Size {
    pixels: f64,
    code: f64,
    train: f64,
    images: f64,
}

impl Size {
    fn of(run: &Run, splits: &Splits, set: &Dataset) -> Self {
        let [pixels, code, train, images] = [
            run.trained.model.network().input.len(),
            run.trained.model.code_shape().len(),
            splits.train.len(),
            set.len(),
        ]
        .map(|count| count as f64);
        Self { pixels, code, train, images }
    }

    /// Training images that principal components are fitted on.
    fn fitted(&self) -> f64 {
        self.train.min(48e6 / self.pixels).min(10_000.0)
    }

    /// Steps for principal components.
    fn components(&self) -> f64 {
        2.0 * self.fitted() * self.pixels * self.pixels.min(6.0 * self.code.min(256.0) + 96.0)
    }

    /// Numbers of a code that measures take.
    fn measured_code(&self) -> f64 {
        if self.code > LONG_CODE as f64 { CODE_COMPONENTS as f64 } else { self.code }
    }

    /// Steps for measures of classes.
    fn classes(&self) -> f64 {
        let code = self.measured_code();
        4.0 * self.images * self.images * code + 400.0 * self.train.min(5e6 / self.code) * code
    }
}
