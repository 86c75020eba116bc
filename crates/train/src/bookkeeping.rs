//! What the training loop computes for itself: settings of a step, reports, checkpoints.

use std::time::Duration;

use engine::{Noise, StepSettings, Terms};
use run::{Checkpoint, Event, Slot};

use crate::clock::Clock;
use crate::error::TrainError;
use crate::evaluate::evaluate;
use crate::observer::{Observer, Start, Step};
use crate::record::Record;
use crate::terms::named_terms;
use crate::trainer::{Ending, Trainer};

impl Trainer {
    /// Loss terms over the whole validation split.
    pub fn validate(&mut self) -> Terms {
        let seed = self.plan.recipe().seed;
        evaluate(&mut self.executor, &self.valid, self.plan.transform(), seed)
    }

    pub(crate) fn epochs(&self) -> u64 {
        self.plan.recipe().training.epochs
    }

    pub(crate) fn steps_per_epoch(&self) -> u64 {
        self.train.len().div_ceil(self.executor.batch()) as u64
    }

    pub(crate) fn steps_into_epoch(&self) -> usize {
        (self.progress.step % self.steps_per_epoch()) as usize
    }

    /// What the next step needs besides its images.
    pub(crate) fn settings(&self) -> StepSettings<'static, f32> {
        let recipe = self.plan.recipe();
        let step = self.progress.step;
        StepSettings {
            noise: Noise::Drawn { stream: self.noise, step },
            learning_rate: self.learning_rate(step),
            kl_factor: self.kl_factor(step),
            clip_norm: recipe.optimizer.clip_norm,
        }
    }

    fn learning_rate(&self, step: u64) -> f64 {
        let optimizer = &self.plan.recipe().optimizer;
        let factor = optimizer.schedule.factor(step, self.steps_per_epoch(), self.epochs());
        let slowed = self.progress.plateau_factor * self.progress.divergence_factor;
        optimizer.learning_rate * factor * slowed
    }

    /// Rises from 0 at the first step to 1 when the recipe's warm-up epochs are over.
    pub(crate) fn kl_factor(&self, step: u64) -> f64 {
        let warmup = f64::from(self.plan.recipe().objective.kl.warmup_epochs) * self.steps_per_epoch() as f64;
        if warmup > 0.0 { (step as f64 / warmup).min(1.0) } else { 1.0 }
    }

    pub(crate) fn run_started(&self) -> Event {
        let recipe = self.plan.recipe();
        Event::RunStarted {
            recipe: recipe.name.clone(),
            seed: recipe.seed,
            epoch: self.progress.epoch,
            step: self.progress.step,
            epochs: self.epochs(),
            parameters: self.executor.parameters().len() as u64,
        }
    }

    pub(crate) fn start(&self) -> Start {
        Start {
            recipe: self.plan.recipe().name.clone(),
            parameters: self.executor.parameters().len(),
            train_images: self.train.len(),
            valid_images: self.valid.len(),
            is_table: self.train.columns().is_some(),
            epochs: self.epochs(),
            epochs_done: self.progress.epoch,
            steps_per_epoch: self.steps_per_epoch(),
            threads: self.executor.threads(),
            isa: self.executor.isa(),
        }
    }

    pub(crate) fn step_report(&self, learning_rate: f64, clock: &Clock) -> Step {
        let steps_per_epoch = self.steps_per_epoch();
        Step {
            epoch: self.progress.epoch + 1,
            epochs: self.epochs(),
            step: self.progress.step - self.progress.epoch * steps_per_epoch,
            steps_per_epoch,
            terms: self.progress.running.into(),
            learning_rate,
            images_per_second: clock.images_per_second(),
            time_left: self.time_left(clock),
        }
    }

    pub(crate) fn time_left(&self, clock: &Clock) -> Duration {
        let steps = (self.epochs() * self.steps_per_epoch()).saturating_sub(self.progress.step);
        clock.time_left(steps, self.epochs().saturating_sub(self.progress.epoch))
    }

    pub(crate) fn epoch_record(&self, train: &Terms, valid: &Terms, clock: &Clock) -> run::Epoch {
        let network = self.plan.network();
        let last_step = self.progress.step.saturating_sub(1);
        let kl_weight = f64::from(network.objective.kl.weight) * self.kl_factor(last_step);
        run::Epoch {
            epoch: self.progress.epoch,
            step: self.progress.step,
            learning_rate: self.learning_rate(last_step),
            kl_weight: network.is_variational().then_some(kl_weight),
            train: named_terms(train, network),
            valid: named_terms(valid, network),
            images_per_second: clock.images_per_second(),
            seconds: clock.epoch_seconds(),
        }
    }

    /// Lets reduce-on-plateau look at the epoch.
    pub(crate) fn move_rate_on_plateau(
        &mut self,
        valid: &Terms,
        record: &mut Record<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let optimizer = &self.plan.recipe().optimizer;
        let (decay, base) = (&optimizer.schedule.decay, optimizer.learning_rate);
        let from = self.learning_rate(self.progress.step);
        if !self.progress.watch_plateau(decay, base, valid.total) {
            return Ok(());
        }
        let to = self.learning_rate(self.progress.step);
        observer.notice(&format!("validation is on a plateau: learning rate {from} → {to}"));
        let (epoch, step) = (self.progress.epoch, self.progress.step);
        record.push(Event::LearningRate { epoch, step, from, to, reason: "plateau".to_owned() })
    }

    /// Saves the best checkpoint, if this is it, and then the last: one that says of an epoch that it was the best
    /// must not be there before the best weights are.
    pub(crate) fn save(&self, record: &mut Record<'_>, is_best: bool) -> Result<(), TrainError> {
        if is_best {
            record.save(Slot::Best, || self.checkpoint(false))?;
        }
        record.save(Slot::Last, || self.checkpoint(true))
    }

    fn checkpoint(&self, with_moments: bool) -> Result<Checkpoint, TrainError> {
        let network = self.plan.network();
        let state = serde_json::to_value(&self.progress).unwrap_or_default();
        let optimizer = with_moments.then(|| model::optimizer_to_bytes(network, &self.optimizer));
        Ok(Checkpoint {
            epoch: self.progress.epoch,
            step: self.progress.step,
            state,
            weights: model::weights::to_bytes(network, self.executor.parameters())?,
            optimizer: optimizer.transpose()?,
        })
    }

    /// The last events, and what an interruption saves.
    pub(crate) fn end(
        &self,
        ending: Ending,
        record: &mut Record<'_>,
        clock: &Clock,
    ) -> Result<(), TrainError> {
        let (epoch, step) = (self.progress.epoch, self.progress.step);
        match (ending, self.progress.best) {
            (Ending::Interrupted, _) => {
                self.save(record, false)?;
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
}
