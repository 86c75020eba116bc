//! How long a training will take, from some of its steps.

use std::time::{Duration, Instant};

use crate::error::TrainError;
use crate::evaluate::evaluate;
use crate::source::Batch;
use crate::trainer::Trainer;

/// How long a training will take, measured and not guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// One epoch: its steps and the validation after them.
    pub epoch: Duration,
    /// All epochs of the recipe; early stopping may end it sooner.
    pub training: Duration,
}

impl Trainer {
    /// Trains some steps, for about `budget` (one step, if that takes longer) and a look at some validation images,
    /// and says from their time how long all will take. The weights are those of a training no more.
    ///
    /// # Errors
    /// [`TrainError::Data`] if images on disk cannot be read.
    pub fn estimate(mut self, budget: Duration) -> Result<Estimate, TrainError> {
        let begin = Instant::now();
        let order = self.shuffle.permutation(0, self.train.len());
        let (mut steps, mut images_seen, mut spent) = (0, 0, Duration::ZERO);
        for images in order.chunks(self.executor.batch()).cycle() {
            let started = Instant::now();
            let (transform, step) = (self.plan.transform(), self.progress.step);
            let batch = Batch { dataset: &self.train, transform, step, images };
            let settings = self.settings();
            self.executor.step(&batch, images.len(), settings, &mut self.optimizer);
            self.progress.step += 1;
            self.train.check()?;
            // The first step also fills caches.
            if steps > 0 || begin.elapsed() > budget {
                images_seen += images.len();
                spent += started.elapsed();
            }
            steps += 1;
            if begin.elapsed() > budget && images_seen > 0 {
                break;
            }
        }
        let looked_at = self.valid.first(2 * self.executor.batch());
        let started = Instant::now();
        evaluate(&mut self.executor, &looked_at, self.plan.transform(), self.plan.recipe().seed);
        self.valid.check()?;
        let validation = started.elapsed().mul_f64(self.valid.len() as f64 / looked_at.len() as f64);
        let steps = spent.mul_f64(self.train.len() as f64 / images_seen as f64);
        let epoch = steps + validation;
        let training = epoch.as_secs_f64() * self.epochs() as f64;
        Ok(Estimate { epoch, training: Duration::try_from_secs_f64(training).unwrap_or(Duration::MAX) })
    }
}
