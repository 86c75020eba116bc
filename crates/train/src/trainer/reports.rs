//! What a training says of itself: to its observer, and in its events.

use std::time::Duration;

use network::Terms;
use run::Event;

use super::clock::Clock;
use super::state::State;
use crate::observer::{StartReport, StepReport};
use crate::terms::named_terms;

/// The first event.
pub(super) fn run_started(state: &State) -> Event {
    let recipe = state.plan.recipe();
    Event::RunStarted {
        recipe: recipe.name.clone(),
        seed: recipe.seed,
        epoch: state.progress.epoch,
        step: state.progress.step,
        epochs: state.epochs(),
        parameters: state.device.parameter_count() as u64,
    }
}

/// What an observer hears first.
pub(super) fn start(state: &State) -> StartReport {
    StartReport {
        recipe: state.plan.recipe().name.clone(),
        parameters: state.device.parameter_count(),
        train_images: state.train.len(),
        valid_images: state.valid.len(),
        is_table: state.train.columns().is_some(),
        epochs: state.epochs(),
        epochs_done: state.progress.epoch,
        steps_per_epoch: state.steps_per_epoch(),
        average: state.plan.recipe().training.average.map(|average| average.decay),
        device: state.device.describe(),
    }
}

/// Of the step that was counted last.
pub(super) fn step(state: &State, learning_rate: f64, clock: &Clock) -> StepReport {
    let steps_per_epoch = state.steps_per_epoch();
    StepReport {
        epoch: state.progress.epoch + 1,
        epochs: state.epochs(),
        step: state.progress.step - state.progress.epoch * steps_per_epoch,
        steps_per_epoch,
        terms: state.progress.running,
        learning_rate,
        images_per_second: clock.images_per_second(),
        time_left: time_left(state, clock),
    }
}

/// Of the epoch that was counted last, as its event holds it.
pub(super) fn epoch(state: &State, train: &Terms, valid: &Terms, clock: &Clock) -> run::Epoch {
    let network = state.plan.network();
    let last_step = state.progress.step.saturating_sub(1);
    let kl_weight = f64::from(network.objective.kl.weight) * state.kl_factor(last_step);
    run::Epoch {
        epoch: state.progress.epoch,
        step: state.progress.step,
        learning_rate: state.learning_rate(last_step),
        kl_weight: network.is_variational().then_some(kl_weight),
        train: named_terms(train, network),
        valid: named_terms(valid, network),
        images_per_second: clock.images_per_second(),
        seconds: clock.epoch_seconds(),
    }
}

/// Until the last epoch is validated.
pub(super) fn time_left(state: &State, clock: &Clock) -> Duration {
    let steps = (state.epochs() * state.steps_per_epoch()).saturating_sub(state.progress.step);
    clock.time_left(steps, state.epochs().saturating_sub(state.progress.epoch))
}
