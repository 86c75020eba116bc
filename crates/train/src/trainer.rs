//! The training loop.

use std::sync::atomic::{AtomicBool, Ordering};

use data::{Dataset, Splits};
use engine::{Executor, Isa, OptimizerState, Options};
use model::Autoencoder;
use random::Stream;
use run::{Event, Manifest, Status};

use crate::check::{Plan, check_images};
use crate::clock::{Clock, Seconds};
use crate::error::TrainError;
use crate::observer::{EpochDone, Observer};
use crate::progress::{Best, Progress};
use crate::record::Record;
use crate::source::Batch;
use crate::warm_start::FirstWeights;

/// What the numbers are computed with; results do not depend on the number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compute {
    /// Threads.
    pub threads: usize,
    /// Instruction set of the kernels.
    pub isa: Isa,
}

impl Default for Compute {
    /// All of the machine.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self { threads, isa: Isa::best() }
    }
}

/// A training: plan, data, network, and how far it is.
///
/// Shuffles and noise are pure functions of the seed, the epoch and the step, so weights, moments and
/// counters are all there is to a training's state.
pub struct Trainer {
    pub(crate) plan: Plan,
    pub(crate) train: Dataset,
    pub(crate) valid: Dataset,
    pub(crate) executor: Executor,
    pub(crate) optimizer: OptimizerState,
    pub(crate) progress: Progress,
    pub(crate) shuffle: Stream,
    pub(crate) noise: Stream,
    /// What it began with, if not with drawn weights.
    pub(crate) first_weights: Option<FirstWeights>,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After all epochs.
    Completed,
    /// Before, by the recipe's early stopping.
    EarlyStopped,
    /// By the stop flag; what was learned is saved.
    Interrupted,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Epochs done.
    pub epochs: u64,
    /// Steps done.
    pub steps: u64,
    /// The epoch with the lowest validation total; `None` if no epoch came to its end.
    pub best: Option<Best>,
    /// The last epoch that came to its end in this session.
    pub last: Option<run::Epoch>,
    /// What the time was spent on.
    pub seconds: Seconds,
}

impl Outcome {
    /// How the run stands.
    pub fn status(&self) -> Status {
        match self.ending {
            Ending::Completed | Ending::EarlyStopped => Status::Completed,
            Ending::Interrupted => Status::Interrupted,
        }
    }

    /// Writes epochs into `manifest`, and adds the times to those of earlier sessions.
    pub fn note_in(&self, manifest: &mut Manifest) {
        manifest.epochs.done = self.epochs;
        let Seconds { training, validation, .. } = self.seconds;
        *manifest.seconds.entry("training".to_owned()).or_default() += training;
        *manifest.seconds.entry("validation".to_owned()).or_default() += validation;
    }
}

impl Trainer {
    /// A training that has not begun: weights drawn from the recipe's seed.
    ///
    /// # Errors
    /// If the images are not those that the plan was made for, or the engine cannot run the network.
    pub fn new(plan: Plan, splits: &Splits, compute: Compute) -> Result<Self, TrainError> {
        check_images("training images", &splits.train, plan.network().input)?;
        plan.check_loss(&splits.train)?;
        check_images("validation images", &splits.valid, plan.network().input)?;
        let recipe = plan.recipe();
        let batch = recipe.training.batch_size.min(splits.train.len());
        let Compute { threads, isa } = compute;
        let mut executor = Executor::new(plan.network(), Options { batch, threads, isa })?;
        executor.initialize(recipe.seed);
        Ok(Self {
            optimizer: OptimizerState::new(recipe.optimizer.rule, executor.parameters().len()),
            executor,
            train: splits.train.clone(),
            valid: splits.valid.clone(),
            progress: Progress::default(),
            shuffle: Stream::new(recipe.seed, "shuffle"),
            noise: Stream::new(recipe.seed, "posterior noise"),
            first_weights: None,
            plan,
        })
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
        let mut clock = Clock::start();
        let mut last = None;
        record.push(self.run_started())?;
        observer.started(&self.start());
        if self.first_weights.is_some() && self.progress.step == 0 {
            self.save(record, false)?; // the run they came from may change or go
        }
        let ending = 'training: loop {
            if self.progress.epoch >= self.epochs() {
                break Ending::Completed;
            }
            if self.progress.is_stopped {
                break Ending::EarlyStopped;
            }
            clock.begin_epoch();
            let order = self.shuffle.permutation(self.progress.epoch, self.train.len());
            for images in order.chunks(self.executor.batch()).skip(self.steps_into_epoch()) {
                if stop.load(Ordering::Relaxed) {
                    break 'training Ending::Interrupted;
                }
                let (transform, step) = (self.plan.transform(), self.progress.step);
                let batch = Batch { dataset: &self.train, transform, step, images };
                let settings = self.settings();
                let terms = self.executor.step(&batch, images.len(), settings, &mut self.optimizer);
                self.train.check()?;
                if !self.is_sound(&terms) {
                    self.recover(&terms, "training", record, observer)?;
                    continue 'training;
                }
                self.progress.count_step(terms);
                clock.count_step(images.len());
                observer.step(&self.step_report(settings.learning_rate, &clock));
            }
            observer.validating(self.progress.epoch + 1);
            let valid = clock.validate(|| self.validate());
            self.valid.check()?;
            if !self.is_sound(&valid) {
                self.recover(&valid, "validation", record, observer)?;
                continue 'training;
            }
            let (train, is_best) = self.progress.count_epoch(&valid);
            let epoch = self.epoch_record(&train, &valid, &clock);
            record.push(Event::Epoch(epoch.clone()))?;
            self.move_rate_on_plateau(&valid, record, observer)?;
            self.progress.watch_stopping(self.plan.recipe().training.early_stopping, &train, &valid);
            self.watch_health(&valid, record, observer)?;
            self.save(record, is_best)?;
            let time_left = self.time_left(&clock);
            observer.epoch(&EpochDone { record: &epoch, epochs: self.epochs(), is_best, time_left });
            last = Some(epoch);
        };
        self.end(ending, record, &clock)?;
        let Progress { epoch: epochs, step: steps, best, .. } = self.progress;
        Ok(Outcome { ending, epochs, steps, best, last, seconds: clock.seconds() })
    }

    /// What was planned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The network with the weights that it has now.
    pub fn into_model(self) -> Autoencoder {
        Autoencoder::from(self.executor)
    }
}
