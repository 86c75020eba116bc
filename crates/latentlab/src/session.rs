//! How a training begins: from a recipe, where a run stopped, or again as a run was.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use latentlab::data::Splits;
use latentlab::run::{self, Existing, Manifest, RunDir, RunLock, Slot, Status};
use latentlab::train::{
    Decay, EpochDone, FirstWeights, Observer, Outcome, Plan, Recipe, Record, Start, Step, Trainer,
    create_run, recipe_of,
};

use crate::data_source::{DATA_BACK, DataPlace, DirArguments};
use crate::failure::Failure;
use crate::progress::TrainingView;
use crate::settings::Settings;
use crate::tensorboard::{self, Scalars};

/// Name and version of this program, as manifests hold it.
pub const PROGRAM: &str = concat!("latentlab ", env!("CARGO_PKG_VERSION"));

/// A training that is ready to go, in a run that no other process writes.
pub struct Session {
    run: RunDir,
    manifest: Manifest,
    trainer: Trainer,
    lock: RunLock,
}

/// A training that came to its end, or was interrupted. No other process writes the run while this lives.
pub struct Ended {
    /// The run.
    pub run: RunDir,
    /// Its manifest, as it is on disk.
    pub manifest: Manifest,
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub training: Outcome,
    _lock: RunLock,
}

/// What a new run begins with.
pub struct Beginning<'a> {
    /// What is trained.
    pub recipe: &'a Recipe,
    /// On what.
    pub splits: &'a Splits,
    /// Where that lies.
    pub place: &'a DataPlace,
    /// Weights in the place of drawn ones.
    pub first_weights: Option<FirstWeights>,
    /// Whether a run that is in its folder may be overwritten.
    pub existing: Existing,
}

impl Beginning<'_> {
    /// The training, checked to fit its data and the memory.
    pub fn trainer(&mut self, settings: &Settings) -> Result<Trainer, Failure> {
        let (plan, compute) = (self.recipe.check(self.splits.train.shape())?, settings.compute()?);
        settings.memory.check(&plan, self.splits, compute)?;
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
        mut beginning: Beginning<'_>,
        folder: impl FnOnce() -> Result<PathBuf, Failure>,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let trainer = beginning.trainer(settings)?;
        let Beginning { splits, place, existing, .. } = beginning;
        let folder = folder()?;
        let lock = RunLock::take(&folder)?;
        let (run, manifest) = create_run(&folder, existing, PROGRAM, &trainer, splits)?;
        tensorboard::remove(&run)?; // of a run that was here before
        if let Some(hint) = place.hint() {
            run.write(&hint)?;
        }
        settings.console.note(format_args!("run: {}", folder.display()));
        Ok(Self { run, manifest, trainer, lock })
    }

    /// The run in `folder` where it was last saved, to train `epochs` epochs in all where that is given; and its
    /// data.
    pub fn resume(
        folder: &Path,
        epochs: Option<u64>,
        dirs: &DirArguments,
        settings: &Settings,
    ) -> Result<(Self, Splits), Failure> {
        let console = &settings.console;
        let run = RunDir::open(folder)?;
        let lock = RunLock::take(folder)?;
        if let Some(process) = lock.left_by() {
            console.note(format_args!("an earlier process ended without giving the run back: {process}"));
        }
        let recipe = recipe_of(&run, epochs)?;
        let mut manifest: Manifest = run.read()?;
        if let Some(note) = restart_note(&recipe, epochs) {
            console.note(note);
        }
        let splits = DataPlace::of_run(&run, &recipe.data, dirs).open(DATA_BACK, settings)?;
        let (plan, compute) = (recipe.check(splits.train.shape())?, settings.compute()?);
        settings.memory.check(&plan, &splits, compute)?;
        let mut trainer = Trainer::new(plan, &splits, compute)?;
        for note in trainer.take_up(&run, &mut manifest, PROGRAM, &splits)? {
            console.warn(format_args!("{note}"));
        }
        Ok((Self { run, manifest, trainer, lock }, splits))
    }

    /// Trains to the end, or until `stop`; with `tensorboard` scalars go to event files after each epoch.
    pub fn train(self, stop: &AtomicBool, tensorboard: bool, settings: &Settings) -> Result<Ended, Failure> {
        let Self { run, mut manifest, mut trainer, lock } = self;
        let mut view = TrainingView::new(&settings.console);
        let mut board = if tensorboard { Some(Scalars::create(&run)?) } else { None };
        let mut watched = Watched { view: &mut view, board: board.as_mut() };
        let trained =
            Record::in_run(&run).and_then(|mut record| trainer.train(&mut record, &mut watched, stop));
        if let Some(fault) = board.and_then(Scalars::fault) {
            settings.console.warn(fault);
        }
        let training = trained.inspect_err(|_| {
            // The failure that matters is this one; a run that cannot be marked still says "running".
            let _ = run.finish(&mut manifest, Status::Failed);
        })?;
        training.note_in(&mut manifest);
        run.finish(&mut manifest, training.status())?;
        Ok(Ended { run, manifest, plan: trainer.plan().clone(), training, _lock: lock })
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

/// The view on the console, and the event files.
struct Watched<'a, 'b> {
    view: &'a mut TrainingView<'b>,
    board: Option<&'a mut Scalars>,
}

impl Observer for Watched<'_, '_> {
    fn started(&mut self, start: &Start) {
        self.view.started(start);
    }

    fn step(&mut self, step: &Step) {
        self.view.step(step);
    }

    fn validating(&mut self, epoch: u64) {
        self.view.validating(epoch);
    }

    fn epoch(&mut self, epoch: &EpochDone<'_>) {
        self.view.epoch(epoch);
        if let Some(board) = &mut self.board {
            board.epoch(epoch.record);
        }
    }

    fn notice(&mut self, message: &str) {
        self.view.notice(message);
    }
}

/// A run that is to be repeated.
pub struct Original {
    run: RunDir,
    manifest: Manifest,
}

impl Original {
    /// The run in `folder`, with the recipe that repeats it.
    pub fn open(folder: &Path) -> Result<(Self, Recipe), Failure> {
        let run = RunDir::open(folder)?;
        let (manifest, recipe) = (run.read()?, recipe_of(&run, None)?);
        Ok((Self { run, manifest }, recipe))
    }

    /// Where its data are to be looked for.
    pub fn place(&self, recipe: &Recipe, dirs: &DirArguments) -> DataPlace {
        DataPlace::of_run(&self.run, &recipe.data, dirs)
    }

    /// The weights that it began with, if these were not drawn: those of the run in `copy`, else of the one that its
    /// manifest names. Refused where they are others now.
    pub fn first_weights(&self, copy: Option<&Path>) -> Result<Option<FirstWeights>, Failure> {
        let here = self.run.path().display();
        let Some(began) = &self.manifest.warm_start else {
            return match copy {
                None => Ok(None),
                Some(_) => Err(Failure::mistake(format!(
                    "--warm-start: {here} began with drawn weights, and only with these it is repeated"
                ))),
            };
        };
        let folder = copy.unwrap_or(Path::new(&began.run));
        let found = RunDir::open(folder).map_err(Failure::from).and_then(|run| Ok(FirstWeights::of(&run)?));
        let why = match found {
            Ok(first) if first.record().weights_sha256 == began.weights_sha256 => return Ok(Some(first)),
            Ok(_) => "the best weights there are others now".to_owned(),
            Err(failure) => failure.message().to_owned(),
        };
        let failure = Failure::mistake(format!(
            "{here}: began with the weights of {} after epoch {}, without which it cannot be repeated: {why}",
            began.run, began.epoch
        ));
        Err(failure.hint("--warm-start RUN says where a copy of that run is"))
    }

    /// Whether the run in `again` ended with the same weights, bit for bit, and if not, why that may be.
    pub fn compare(&self, again: &RunDir, manifest: &Manifest) -> Result<Repetition, Failure> {
        // A run that was interrupted early may have no checkpoint of a kind.
        let weights = |run: &RunDir, slot: Slot| match run.load_checkpoint(slot) {
            Ok(loaded) => Ok(Some(loaded.checkpoint.weights)),
            Err(run::Error::NoCheckpoint { tried, .. }) if tried.is_empty() => Ok(None),
            Err(error) => Err(error),
        };
        let mut equal = true;
        for slot in Slot::ALL {
            equal &= weights(&self.run, slot)? == weights(again, slot)?;
        }
        let (before, now) = (&self.manifest, manifest);
        let mut reasons = Vec::new();
        if !equal {
            let mut note = |what: &str, a: &str, b: &str| {
                if a != b {
                    reasons.push(format!("{what}: {a} there, {b} here"));
                }
            };
            note("instructions", &before.machine.instruction_set, &now.machine.instruction_set);
            note("program", &before.program, &now.program);
            note("status", &before.status.to_string(), &now.status.to_string());
            let epochs = |manifest: &Manifest| manifest.epochs.done.to_string();
            note("epochs done", &epochs(before), &epochs(now));
            if before.data != now.data {
                reasons.push("the data are not the same".to_owned());
            }
        }
        Ok(Repetition { of: self.run.path().to_owned(), equal, reasons })
    }
}

/// What came of repeating a run.
pub struct Repetition {
    pub of: PathBuf,
    pub equal: bool,
    pub reasons: Vec<String>,
}

impl Repetition {
    /// One line for people.
    pub fn told(&self) -> String {
        let of = self.of.display();
        match (self.equal, self.reasons.is_empty()) {
            (true, _) => format!("repeats  {of}: the same weights, bit for bit\n"),
            (false, true) => {
                format!("repeats  {of}: other weights, though program, data and instructions are the same\n")
            }
            (false, false) => format!("repeats  {of}: other weights ({})\n", self.reasons.join("; ")),
        }
    }
}
