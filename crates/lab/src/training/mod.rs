//! Trainings: how one begins (from a recipe, where a run stopped, or again as a run was), goes on, and ends in figures.

mod drawings;
mod options;
mod repetition;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use data::Splits;
use run::{EarlyEnd, EndCause, ExistingRun, Manifest, RunDir, RunLock, Status, new_folder};
use train::{
    Decay, EpochReport, FirstWeights, Observer, Outcome, Plan, Recipe, Record, StartReport, StepReport,
    TrainError, Trainer, create_run, recipe_of,
};

use crate::data_place::{DATA_BACK, DataFolders, DataPlace};
use crate::error::Error;
use crate::lab::Lab;
use crate::mlflow::{Server, Tracked};
use crate::runs::Run;
use crate::tensorboard::{self, Scalars};

pub use drawings::{Drawings, draw};
pub use options::TrainingOptions;
pub use repetition::{Original, Repetition};

/// Name and version of this program, as manifests hold it.
pub const PROGRAM: &str = concat!("latentlab ", env!("CARGO_PKG_VERSION"));

/// Trains `recipe` into a run with weights, events, figures and page, and opens its best weights. `stop` ends the training
/// cleanly: what was learned by then is in the run.
///
/// ```
/// use lab::training::{TrainingOptions, train};
/// # let folder = tempfile::tempdir()?;
///
/// let settings = ["data.count=200".parse()?, "training.epochs=1".parse()?];
/// let recipe = train::Recipe::open(train::DEFAULT_RECIPE, &settings)?;
/// let options = TrainingOptions { no_report: true, ..TrainingOptions::default() };
/// # let options = TrainingOptions { folder: Some(folder.path().join("run")), ..options };
/// let run = train(&recipe, &options, &false.into(), &lab::Lab::default())?;
/// assert_eq!(run.trained.epoch, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the recipe does not fit its data or the memory, the training fails, or the run cannot be written.
pub fn train(recipe: &Recipe, options: &TrainingOptions, stop: &AtomicBool, lab: &Lab) -> Result<Run, Error> {
    let started = Instant::now();
    let mut recipe = recipe.clone();
    recipe.data.begin();
    let place = DataPlace::new(&recipe.data, &options.dirs);
    let splits = place.open(DATA_BACK, lab)?;
    if let Some(inventory) = splits.train.inventory() {
        recipe.data.settle(inventory);
    }
    let existing = if options.overwrite { ExistingRun::Overwrite } else { ExistingRun::Refuse };
    let folder = || match &options.folder {
        Some(folder) => Ok(folder.clone()),
        None => Ok(new_folder("runs", &recipe.name)?),
    };
    let new_run = NewRun { recipe: &recipe, splits: &splits, place: &place, first_weights: None, existing };
    let session = Session::begin(new_run, folder, lab)?;
    let session = session.tracked(options.mlflow.as_ref())?;
    let FinishedTraining { run, manifest, tracked, .. } =
        &mut session.train(stop, options.tensorboard, lab)?;
    draw(run, manifest, &splits, options, started, lab)?;
    if let Some(tracked) = tracked.take() {
        tracked.end(manifest.status, lab);
    }
    Run::open(run.path(), None, lab)
}

/// A training that is ready to go, in a run that no other process writes.
pub struct Session {
    run: RunDir,
    manifest: Manifest,
    trainer: Trainer,
    lock: RunLock,
    tracked: Option<Tracked>,
}

/// A training that came to its end, or was interrupted. No other process writes the run while this lives.
pub struct FinishedTraining {
    /// The run.
    pub run: RunDir,
    /// Its manifest, as it is on disk.
    pub manifest: Manifest,
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub training: Outcome,
    /// The server that was told of it, and waits for the end.
    pub tracked: Option<Tracked>,
    _lock: RunLock,
}

/// What a new run begins with.
pub struct NewRun<'a> {
    /// What is trained.
    pub recipe: &'a Recipe,
    /// On what.
    pub splits: &'a Splits,
    /// Where that lies.
    pub place: &'a DataPlace,
    /// Weights in the place of drawn ones.
    pub first_weights: Option<FirstWeights>,
    /// Whether a run that is in its folder may be overwritten.
    pub existing: ExistingRun,
}

impl NewRun<'_> {
    /// The training, checked to fit its data and the memory.
    pub fn trainer(&mut self, lab: &Lab) -> Result<Trainer, Error> {
        let (plan, compute) = (self.recipe.check(self.splits.train.shape())?, lab.compute()?);
        lab.memory().check(&plan, self.splits, compute)?;
        let mut trainer = Trainer::new(plan, self.splits, compute)?;
        if let Some(first) = self.first_weights.take() {
            trainer.begin_with(first)?;
        }
        Ok(trainer)
    }
}

impl Session {
    /// A new run in the folder that `folder` gives once everything else is known to be right.
    pub fn begin(
        mut new_run: NewRun<'_>,
        folder: impl FnOnce() -> Result<PathBuf, Error>,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let trainer = new_run.trainer(lab)?;
        let folder = folder()?;
        let lock = RunLock::take(&folder)?;
        Self::create(new_run, trainer, &folder, lock, lab)
    }

    /// A new run in `folder`, whose lock the caller has.
    pub fn begin_locked(
        mut new_run: NewRun<'_>,
        folder: &Path,
        lock: RunLock,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let trainer = new_run.trainer(lab)?;
        Self::create(new_run, trainer, folder, lock, lab)
    }

    fn create(
        new_run: NewRun<'_>,
        trainer: Trainer,
        folder: &Path,
        lock: RunLock,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let NewRun { splits, place, existing, .. } = new_run;
        let (run, manifest) = create_run(folder, existing, PROGRAM, &trainer, splits)?;
        tensorboard::remove(&run)?; // of a run that was here before
        if let Some(hint) = place.hint() {
            run.write(&hint)?;
        }
        lab.note(format_args!("run: {}", folder.display()));
        Ok(Self { run, manifest, trainer, lock, tracked: None })
    }

    /// The run in `folder` where it was last saved, to train `epochs` epochs in all where that is given; and its
    /// data.
    pub fn resume(
        folder: &Path,
        epochs: Option<u64>,
        dirs: &DataFolders,
        lab: &Lab,
    ) -> Result<(Self, Splits), Error> {
        let run = RunDir::open(folder)?;
        let lock = RunLock::take(folder)?;
        let recipe = recipe_of(&run, epochs)?;
        if let Some(note) = restart_note(&recipe, epochs) {
            lab.note(note);
        }
        let splits = DataPlace::of_run(&run, &recipe.data, dirs).open(DATA_BACK, lab)?;
        Ok((Self::resume_locked(run, &recipe, lock, &splits, lab)?, splits))
    }

    /// `run`, whose lock the caller has, where it was last saved.
    pub fn resume_locked(
        run: RunDir,
        recipe: &Recipe,
        lock: RunLock,
        splits: &Splits,
        lab: &Lab,
    ) -> Result<Self, Error> {
        if let Some(process) = lock.left_by() {
            lab.note(format_args!("an earlier process ended without giving the run back: {process}"));
        }
        let mut manifest: Manifest = run.read()?;
        let (plan, compute) = (recipe.check(splits.train.shape())?, lab.compute()?);
        lab.memory().check(&plan, splits, compute)?;
        let mut trainer = Trainer::new(plan, splits, compute)?;
        for note in trainer.take_up(&run, &mut manifest, PROGRAM, splits)? {
            lab.warn(format_args!("{note}"));
        }
        Ok(Self { run, manifest, trainer, lock, tracked: None })
    }

    /// The same, with `server`, where there is one, told of it: of every epoch, and when [`FinishedTraining::tracked`] ends of
    /// the rest.
    ///
    /// # Errors
    /// If the server refuses or does not answer.
    pub fn tracked(mut self, server: Option<&Server>) -> Result<Self, Error> {
        self.tracked = server.map(|server| server.track(&self.run, &self.manifest)).transpose()?;
        Ok(self)
    }

    /// Trains to the end, or until `stop`; with `tensorboard` scalars go to event files after each epoch.
    pub fn train(self, stop: &AtomicBool, tensorboard: bool, lab: &Lab) -> Result<FinishedTraining, Error> {
        self.train_to(None, stop, tensorboard, lab)
    }

    /// As [`train`](Self::train), and no further than epoch `last`: the run is then one that was interrupted after it, and
    /// goes on to the weights that it would have come to.
    pub fn train_to(
        self,
        last: Option<u64>,
        stop: &AtomicBool,
        tensorboard: bool,
        lab: &Lab,
    ) -> Result<FinishedTraining, Error> {
        let Self { run, mut manifest, mut trainer, lock, tracked } = self;
        let mut view = lab.observer().training();
        let mut board = if tensorboard { Some(Scalars::create(&run)?) } else { None };
        let halt = AtomicBool::new(stop.load(Ordering::Relaxed));
        let pause = last.map(|last| Pause { last, stop, halt: &halt });
        let stop = if pause.is_some() { &halt } else { stop };
        let mut observers =
            Observers { view: &mut *view, board: board.as_mut(), tracked: tracked.as_ref(), pause };
        let trained =
            Record::in_run(&run).and_then(|mut record| trainer.train(&mut record, &mut observers, stop));
        if let Some(fault) = board.and_then(Scalars::fault) {
            lab.warn(fault);
        }
        let training = match trained {
            Ok(training) => training,
            Err(error) => {
                let cause = match error {
                    TrainError::Diverged { .. } => EndCause::Divergence,
                    _ => EndCause::Fault,
                };
                manifest.early_end = Some(EarlyEnd { cause, reason: error.to_string() });
                // The failure that matters is this one; a run that cannot be marked still says "running".
                let _ = run.finish(&mut manifest, Status::Failed);
                if let Some(tracked) = tracked {
                    tracked.end(Status::Failed, lab);
                }
                return Err(error.into());
            }
        };
        training.note_in(&mut manifest);
        run.finish(&mut manifest, training.status())?;
        let plan = trainer.plan().clone();
        Ok(FinishedTraining { run, manifest, plan, training, tracked, _lock: lock })
    }
}

impl Session {
    /// Keeps the weights that it begins with, and ends there: the run says of no epoch that it was done.
    pub fn keep(self) -> Result<RunDir, Error> {
        let Self { run, mut manifest, trainer, lock: _lock, tracked: _ } = self;
        let mut record = Record::in_run(&run)?;
        trainer.keep(&mut record)?;
        manifest.epochs.asked = 0;
        run.finish(&mut manifest, Status::Completed)?;
        Ok(run)
    }
}

/// What becomes of a learning rate that fell to the end of training, where more epochs were asked for.
fn restart_note(recipe: &Recipe, epochs: Option<u64>) -> Option<String> {
    let Decay::Cosine { restarts, .. } = &recipe.optimizer.schedule.decay else { return None };
    let restart = restarts.last().filter(|_| epochs.is_some())?;
    let (rate, end) = (recipe.optimizer.learning_rate, recipe.training.epochs);
    Some(format!(
        "learning rate: it falls to the end of epoch {restart} as it was to, begins again at {rate}, and falls to the \
         end of epoch {end} (optimizer.schedule.restarts in the run's recipe)"
    ))
}

/// Ends a training after an epoch, or when it is asked to end.
struct Pause<'a> {
    last: u64,
    stop: &'a AtomicBool,
    halt: &'a AtomicBool,
}

/// The view on the lab, the event files, the server that is told, and what ends the training.
struct Observers<'a> {
    view: &'a mut dyn Observer,
    board: Option<&'a mut Scalars>,
    tracked: Option<&'a Tracked>,
    pause: Option<Pause<'a>>,
}

impl Observer for Observers<'_> {
    fn started(&mut self, start: &StartReport) {
        self.view.started(start);
    }

    fn step(&mut self, step: &StepReport) {
        self.view.step(step);
        if let Some(Pause { stop, halt, .. }) = &self.pause {
            halt.fetch_or(stop.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    fn validating(&mut self, epoch: u64) {
        self.view.validating(epoch);
    }

    fn epoch(&mut self, epoch: &EpochReport<'_>) {
        self.view.epoch(epoch);
        if let Some(board) = &mut self.board {
            board.epoch(epoch.record);
        }
        if let Some(fault) = self.tracked.and_then(|tracked| tracked.epoch(epoch.record)) {
            self.view.notice(&fault);
        }
        if let Some(Pause { last, halt, .. }) = &self.pause {
            halt.fetch_or(epoch.record.epoch >= *last, Ordering::Relaxed);
        }
    }

    fn notice(&mut self, message: &str) {
        self.view.notice(message);
    }
}
