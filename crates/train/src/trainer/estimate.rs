//! How long a training will take, from some of its steps.

use std::time::{Duration, Instant};

use super::Trainer;
use crate::error::TrainError;
use crate::evaluation::evaluate;

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
    pub fn estimate(self, budget: Duration) -> Result<Estimate, TrainError> {
        let mut state = self.state;
        let begin = Instant::now();
        let order = state.order();
        let (mut steps, mut images_seen, mut spent) = (0, 0, Duration::ZERO);
        for images in order.chunks(state.step_images()).cycle() {
            let started = Instant::now();
            let settings = state.settings();
            state.step(images, settings)?;
            state.progress.step += 1;
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
        let sample = state.valid.first(2 * state.device.batch());
        let started = Instant::now();
        evaluate(state.device.as_mut(), &sample, state.plan.transform(), state.plan.recipe().seed);
        state.valid.check()?;
        let validation = started.elapsed().mul_f64(state.valid.len() as f64 / sample.len() as f64);
        let steps = spent.mul_f64(state.train.len() as f64 / images_seen as f64);
        let epoch = steps + validation;
        let training = epoch.as_secs_f64() * state.epochs() as f64;
        Ok(Estimate { epoch, training: Duration::try_from_secs_f64(training).unwrap_or(Duration::MAX) })
    }
}
