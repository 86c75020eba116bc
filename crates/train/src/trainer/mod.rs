//! The training loop.
//!
//! [`Trainer`] holds the loop; `state` what a step reads and changes, with the `average` of the weights; `checkpoint` writes it down and takes it up
//! again; `health` looks at losses and units, `rollback` acts on what it sees; `reports` are for observers and events.

mod average;
mod checkpoint;
mod clock;
pub(crate) mod estimate;
mod health;
pub(crate) mod new_run;
mod outcome;
mod progress;
mod reports;
mod resume;
mod rollback;
mod state;

use std::sync::atomic::{AtomicBool, Ordering};

use data::Splits;
use model::Autoencoder;
use network::{Device, Network, Terms};
use run::{Event, Slot};

pub use self::clock::Seconds;
pub use self::outcome::{Ending, Outcome};
pub use self::progress::Best;

use self::clock::Clock;
use self::progress::Progress;
use self::state::State;
use crate::compute::Compute;
use crate::error::TrainError;
use crate::first_weights::FirstWeights;
use crate::observer::{EpochReport, Observer};
use crate::recipe::plan::Plan;
use crate::record::Record;

/// A training: plan, data, network, and how far it is.
pub struct Trainer {
    state: State,
}

impl Trainer {
    /// A training that has not begun: weights drawn from the recipe's seed.
    ///
    /// # Errors
    /// If the images are not those that the plan was made for, or the engine cannot run the network.
    pub fn new(plan: Plan, splits: &Splits, compute: Compute) -> Result<Self, TrainError> {
        Ok(Self { state: State::new(plan, splits, |network, batch| compute.open(network, batch))? })
    }

    /// As [`new`](Self::new), on a device that `open` gives for a network and the most images of a step.
    ///
    /// # Errors
    /// If the images are not those that the plan was made for, or there is no device.
    pub fn on<E: Into<TrainError>>(
        plan: Plan,
        splits: &Splits,
        open: impl FnOnce(&Network, usize) -> Result<Box<dyn Device>, E>,
    ) -> Result<Self, TrainError> {
        Ok(Self { state: State::new(plan, splits, open)? })
    }

    /// Takes the place of the drawn weights, in a training that has not begun. The two networks must have the same
    /// tensors by name and shape; activations and losses may differ, and a learned width of the loss begins as its
    /// recipe says where the other has none. Moments and counters begin anew.
    ///
    /// # Errors
    /// [`TrainError::OtherShapes`], with the first tensor that does not fit.
    pub fn begin_with(&mut self, first: FirstWeights) -> Result<(), TrainError> {
        self.state.begin_with(first)
    }

    /// Trains until the last epoch, early stopping or `stop`, which is looked at before each step.
    ///
    /// After each epoch the whole validation split is evaluated, and weights, moments and counters are saved as
    /// [`run::Slot::Last`], and the weights as [`run::Slot::Best`] if their validation total is the lowest so far.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] once the loss is no number, or ten thousand times that of the first step, for a second
    /// time: the first time, training goes back once to what was saved last and on with a tenth of the learning
    /// rate, unless the recipe says to stop. [`TrainError::Data`] if images on disk can no longer be read. Any failure
    /// of `record`.
    pub fn train(
        &mut self,
        record: &mut Record<'_>,
        observer: &mut dyn Observer,
        stop: &AtomicBool,
    ) -> Result<Outcome, TrainError> {
        let state = &mut self.state;
        let mut clock = Clock::start();
        let mut last = None;
        record.push(reports::run_started(state))?;
        observer.started(&reports::start(state));
        if state.first_weights.is_some() && state.progress.step == 0 {
            save(state, record, false)?; // the run they came from may change or go
        }
        let ending = 'training: loop {
            if state.progress.epoch >= state.epochs() {
                break Ending::Completed;
            }
            if state.progress.is_stopped {
                break Ending::EarlyStopped;
            }
            clock.begin_epoch();
            for images in state.order().chunks(state.step_images()).skip(state.steps_into_epoch()) {
                if stop.load(Ordering::Relaxed) {
                    break 'training Ending::Interrupted;
                }
                let settings = state.settings();
                let terms = state.step(images, settings)?;
                if !health::is_sound(&mut state.progress, &terms) {
                    rollback::roll_back(state, &terms, "training", record, observer)?;
                    continue 'training;
                }
                state.count_step(terms);
                clock.count_step(images.len());
                observer.step(&reports::step(state, settings.learning_rate, &clock));
            }
            observer.validating(state.progress.epoch + 1);
            let valid = clock.validate(|| state.validate());
            state.valid.check()?;
            if !health::is_sound(&mut state.progress, &valid) {
                rollback::roll_back(state, &valid, "validation", record, observer)?;
                continue 'training;
            }
            let (train, is_best) = state.progress.count_epoch(&valid);
            let epoch = reports::epoch(state, &train, &valid, &clock);
            record.push(Event::Epoch(epoch.clone()))?;
            move_rate_on_plateau(state, &valid, record, observer)?;
            state.progress.watch_stopping(state.plan.recipe().training.early_stopping, &train, &valid);
            for message in health::new_warnings(state, &valid) {
                observer.notice(&message);
                record.push(Event::Warning { message })?;
            }
            save(state, record, is_best)?;
            let time_left = reports::time_left(state, &clock);
            observer.epoch(&EpochReport { record: &epoch, epochs: state.epochs(), is_best, time_left });
            last = Some(epoch);
        };
        end(state, ending, record, &clock)?;
        let Progress { epoch: epochs, step: steps, best, .. } = state.progress;
        Ok(Outcome { ending, epochs, steps, best, last, seconds: clock.seconds() })
    }

    /// Keeps the weights as they are, without a step: those of the best and of the last checkpoint, from which training can
    /// begin.
    ///
    /// # Errors
    /// If they cannot be written, or one is not finite.
    pub fn keep(&self, record: &mut Record<'_>) -> Result<(), TrainError> {
        save(&self.state, record, true)?;
        record.sync()
    }

    /// Loss terms over the whole validation split.
    pub fn validate(&mut self) -> Terms {
        self.state.validate()
    }

    /// What was planned.
    pub fn plan(&self) -> &Plan {
        &self.state.plan
    }

    /// The network with the weights that it has now, or their average where the recipe asks for it.
    pub fn into_model(mut self) -> Autoencoder {
        self.state.take_average();
        Autoencoder::from(self.state.device)
    }
}

/// Lets reduce-on-plateau look at the epoch.
fn move_rate_on_plateau(
    state: &mut State,
    valid: &Terms,
    record: &mut Record<'_>,
    observer: &mut dyn Observer,
) -> Result<(), TrainError> {
    let optimizer = &state.plan.recipe().optimizer;
    let (decay, base) = (&optimizer.schedule.decay, optimizer.learning_rate);
    let from = state.learning_rate(state.progress.step);
    if !state.progress.watch_plateau(decay, base, valid.total()) {
        return Ok(());
    }
    let to = state.learning_rate(state.progress.step);
    observer.notice(&format!("validation is on a plateau: learning rate {from} → {to}"));
    let Progress { epoch, step, .. } = state.progress;
    record.push(Event::LearningRate { epoch, step, from, to, reason: "plateau".to_owned() })
}

/// Saves the best checkpoint, if this is it, and then the last: one that says of an epoch that it was the best
/// must not be there before the best weights are.
fn save(state: &State, record: &mut Record<'_>, is_best: bool) -> Result<(), TrainError> {
    if is_best {
        record.save(Slot::Best, || checkpoint::checkpoint(state, false))?;
    }
    record.save(Slot::Last, || checkpoint::checkpoint(state, true))
}

/// The last events, and what an interruption saves.
fn end(state: &State, ending: Ending, record: &mut Record<'_>, clock: &Clock) -> Result<(), TrainError> {
    let Progress { epoch, step, best, .. } = state.progress;
    match (ending, best) {
        (Ending::Interrupted, _) => {
            save(state, record, false)?;
            record.push(Event::Interrupted { epoch, step })?;
        }
        (Ending::EarlyStopped, Some(best)) => {
            let (best_epoch, best_total) = (best.epoch, best.total);
            record.push(Event::EarlyStop { epoch, best_epoch, best_total })?;
        }
        _ => {}
    }
    record.push(Event::Finished { epoch, step, seconds: clock.seconds().total })?;
    record.sync()
}
