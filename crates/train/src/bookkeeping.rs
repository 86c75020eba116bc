//! What the training loop computes for itself: settings of a step, reports, checkpoints.

use std::time::Duration;

use engine::{Noise, StepSettings, Terms};
use run::{Checkpoint, Event, RunDir, Slot};

use crate::clock::Clock;
use crate::error::TrainError;
use crate::evaluate::evaluate;
use crate::observer::{Observer, Start, Step};
use crate::progress::Progress;
use crate::record::Record;
use crate::terms::{are_finite, named_terms};
use crate::trainer::{Ending, Trainer};

impl Trainer {
    /// Loss terms over the whole validation split.
    pub fn validate(&mut self) -> Terms {
        let seed = self.plan.recipe().seed;
        evaluate(&mut self.executor, &self.valid, self.plan.transform(), seed)
    }

    /// Takes up the training that `run` holds, of the same recipe, where it was last saved. Returns why newer
    /// copies of the checkpoint were passed over, if any were.
    ///
    /// # Errors
    /// If there is no whole checkpoint, or it is of another network or optimizer; the training is then as it
    /// was.
    pub fn resume(&mut self, run: &RunDir) -> Result<Vec<run::Error>, TrainError> {
        let path = run.path().to_owned();
        let state_error = |reason: String| TrainError::State { path: path.clone(), reason };
        let model_error = |error| TrainError::Checkpoint { path: path.clone(), error: Box::new(error) };
        let loaded = run.load_checkpoint(Slot::Last)?;
        let Checkpoint { state, weights, optimizer, .. } = loaded.checkpoint;
        let progress: Progress =
            serde_json::from_value(state).map_err(|error| state_error(error.to_string()))?;
        if progress.step / self.steps_per_epoch() != progress.epoch {
            let Progress { epoch, step, .. } = progress;
            let each = self.steps_per_epoch();
            return Err(state_error(format!(
                "says {step} steps in {epoch} epochs, but an epoch of this recipe and data has {each}"
            )));
        }
        let weights = model::weights::from_bytes(&weights).map_err(model_error)?;
        if let Some(part) = difference(&weights.network, self.plan.network()) {
            return Err(TrainError::Mismatch { path, part });
        }
        let moments = optimizer.ok_or_else(|| state_error("has no optimizer state beside it".to_owned()))?;
        let rule = self.plan.recipe().optimizer.rule;
        self.optimizer =
            model::optimizer_from_bytes(&moments, self.plan.network(), rule).map_err(model_error)?;
        self.progress = progress;
        let fits = self.executor.set_parameters(&weights.parameters);
        debug_assert!(fits, "the same network has as many parameters");
        Ok(loaded.passed_over)
    }

    pub(crate) fn epochs(&self) -> u64 {
        self.plan.recipe().training.epochs
    }

    fn steps_per_epoch(&self) -> u64 {
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
        optimizer.learning_rate * factor * self.progress.plateau_factor
    }

    /// Rises from 0 at the first step to 1 when the recipe's warm-up epochs are over.
    fn kl_factor(&self, step: u64) -> f64 {
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
            epochs: self.epochs(),
            epochs_done: self.progress.epoch,
            steps_per_epoch: self.steps_per_epoch(),
            threads: self.executor.threads(),
            isa: self.executor.isa(),
        }
    }

    /// Refuses terms that are no numbers.
    pub(crate) fn check(
        &self,
        terms: &Terms,
        split: &'static str,
        record: &mut Record<'_>,
    ) -> Result<(), TrainError> {
        if are_finite(terms) {
            return Ok(());
        }
        let kept = match self.progress.epoch {
            0 => "nothing was saved yet".to_owned(),
            epoch => format!("the weights after epoch {epoch} are kept"),
        };
        let (epoch, step) = (self.progress.epoch + 1, self.progress.step + 1);
        let error = TrainError::Diverged { epoch, step, split, terms: Box::new(*terms), kept };
        record.push(Event::Warning { message: error.to_string() })?;
        Err(error)
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
        let (decay, base) = (optimizer.schedule.decay, optimizer.learning_rate);
        let from = self.learning_rate(self.progress.step);
        if !self.progress.watch_plateau(decay, base, valid.total) {
            return Ok(());
        }
        let to = self.learning_rate(self.progress.step);
        observer.notice(&format!("validation is on a plateau: learning rate {from} → {to}"));
        let (epoch, step) = (self.progress.epoch, self.progress.step);
        record.push(Event::LearningRate { epoch, step, from, to, reason: "plateau".to_owned() })
    }

    /// Saves the last checkpoint, and the best if this is it.
    pub(crate) fn save(&self, record: &mut Record<'_>, is_best: bool) -> Result<(), TrainError> {
        record.save(Slot::Last, || self.checkpoint(true))?;
        if is_best {
            record.save(Slot::Best, || self.checkpoint(false))?;
        }
        Ok(())
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

/// The first part in which two networks differ.
pub(crate) fn difference(a: &engine::Network, b: &engine::Network) -> Option<&'static str> {
    let parts = [
        ("input", a.input == b.input),
        ("encoder", a.encoder == b.encoder),
        ("latent", a.latent == b.latent),
        ("decoder", a.decoder == b.decoder),
        ("objective", a.objective == b.objective),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}
