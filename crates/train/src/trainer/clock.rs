//! What the time of a training is spent on.

use std::time::{Duration, Instant};

/// Measures steps and validations, and guesses from them how long the rest takes.
pub(crate) struct Clock {
    started: Instant,
    /// When the current epoch began, and when its last step ended.
    epoch: Instant,
    stepped: Instant,
    epoch_images: usize,
    steps: u64,
    training: Duration,
    validations: u32,
    validation: Duration,
}

impl Clock {
    pub fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            epoch: now,
            stepped: now,
            epoch_images: 0,
            steps: 0,
            training: Duration::ZERO,
            validations: 0,
            validation: Duration::ZERO,
        }
    }

    pub fn begin_epoch(&mut self) {
        self.epoch = Instant::now();
        self.stepped = self.epoch;
        self.epoch_images = 0;
    }

    pub fn count_step(&mut self, images: usize) {
        let now = Instant::now();
        self.training += now - self.stepped;
        self.stepped = now;
        self.steps += 1;
        self.epoch_images += images;
    }

    pub fn validate<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = Instant::now();
        let result = work();
        self.validation += before.elapsed();
        self.validations += 1;
        result
    }

    /// Training images a second in this epoch.
    pub fn images_per_second(&self) -> f64 {
        self.epoch_images as f64 / (self.stepped - self.epoch).as_secs_f64()
    }

    /// Of this epoch so far.
    pub fn epoch_seconds(&self) -> f64 {
        self.epoch.elapsed().as_secs_f64()
    }

    /// For so many more steps and validations.
    pub fn time_left(&self, steps: u64, validations: u64) -> Duration {
        let mean = |sum: Duration, n: u64| sum.as_secs_f64() / n.max(1) as f64;
        let seconds = mean(self.training, self.steps) * steps as f64
            + mean(self.validation, self.validations.into()) * validations as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    pub fn seconds(&self) -> Seconds {
        Seconds {
            training: self.training.as_secs_f64(),
            validation: self.validation.as_secs_f64(),
            total: self.started.elapsed().as_secs_f64(),
        }
    }
}

/// What the time of a training was spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Steps.
    pub training: f64,
    /// Validation.
    pub validation: f64,
    /// Everything, saving included.
    pub total: f64,
}
