//! How long a network takes for an image, by some steps of it.

use std::time::{Duration, Instant};

use network::{Draw, Noise, Source, StepSettings};
use random::Stream;

use crate::compute::Compute;
use crate::error::TrainError;
use crate::recipe::plan::Plan;

/// Images that are grey noise: what a step costs does not depend on what they show, but where they have background.
struct Grey;

impl Source<f32> for Grey {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        for (i, value) in input.iter_mut().enumerate() {
            *value = ((index + 7 * i) % 13) as f32 / 12.0;
        }
        target.copy_from_slice(input);
    }
}

/// Seconds that a training step of `plan` takes for each of its images, from steps of about `budget` altogether, the first
/// of which, which fills caches, counts only where it is the only one. Needs no images: net, batch and machine decide.
///
/// # Errors
/// If the engine cannot run the network.
pub fn pace(plan: &Plan, compute: Compute, budget: Duration) -> Result<f64, TrainError> {
    let recipe = plan.recipe();
    let batch = recipe.training.batch_size;
    let mut device = compute.open(plan.network(), batch)?;
    device.initialize(recipe.seed);
    device.set_optimizer(recipe.optimizer.rule);
    let begin = Instant::now();
    let mut quickest = Duration::MAX;
    for step in 0.. {
        let settings = StepSettings {
            noise: Noise::Drawn { stream: Stream::new(recipe.seed, "posterior noise"), step },
            draw: Draw { seed: recipe.seed, step },
            learning_rate: 0.0,
            kl_factor: 1.0,
            clip_norm: recipe.optimizer.clip_norm,
        };
        let started = Instant::now();
        device.step(&Grey, batch, settings);
        let is_last = begin.elapsed() > budget;
        if step > 0 || is_last {
            quickest = quickest.min(started.elapsed());
        }
        if is_last {
            break;
        }
    }
    Ok(quickest.as_secs_f64() / batch as f64)
}
