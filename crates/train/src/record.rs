//! What a training leaves behind: events and checkpoints in a run directory, or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use data::{Splits, Values};
use run::{Checkpoint, DataSet, Digest, Epochs, Event, EventLog, Existing, Manifest, RunDir, Slot, Terms};

use crate::error::TrainError;
use crate::membership::membership;
use crate::recipe::{Recipe, Views};
use crate::trainer::Trainer;

/// Takes a training's events and checkpoints.
pub struct Record<'a>(Option<(&'a RunDir, EventLog)>);

impl<'a> Record<'a> {
    /// Keeps nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Keeps everything in `run`.
    ///
    /// # Errors
    /// If the run's event log cannot be opened.
    pub fn in_run(run: &'a RunDir) -> Result<Self, TrainError> {
        Ok(Self(Some((run, run.event_log()?))))
    }

    /// Where everything is kept.
    pub(crate) fn run(&self) -> Option<&'a RunDir> {
        self.0.as_ref().map(|(run, _)| *run)
    }

    pub(crate) fn push(&mut self, event: Event) -> Result<(), TrainError> {
        match &mut self.0 {
            Some((_, log)) => Ok(log.push(event)?),
            None => Ok(()),
        }
    }

    /// Saves what `checkpoint` gives, which is not asked where nothing is kept.
    pub(crate) fn save(
        &mut self,
        slot: Slot,
        checkpoint: impl FnOnce() -> Result<Checkpoint, TrainError>,
    ) -> Result<(), TrainError> {
        let Some((run, log)) = &mut self.0 else { return Ok(()) };
        let checkpoint = checkpoint()?;
        run.save_checkpoint(slot, &checkpoint)?;
        let Checkpoint { epoch, step, .. } = checkpoint;
        Ok(log.push(Event::Checkpoint { slot, epoch, step })?)
    }

    pub(crate) fn sync(&self) -> Result<(), TrainError> {
        match &self.0 {
            Some((_, log)) => Ok(log.sync()?),
            None => Ok(()),
        }
    }
}

/// Makes the run directory of a training that is about to begin: manifest (with the data's files and counts)
/// and recipe as used. `program` is its name and version. The manifest is to be completed, and given to
/// [`RunDir::finish`] after everything else.
///
/// # Errors
/// If the folder is taken or cannot be written.
pub fn create_run(
    path: &Path,
    existing: Existing,
    program: &str,
    trainer: &Trainer,
    splits: &Splits,
) -> Result<(RunDir, Manifest), TrainError> {
    let recipe = trainer.plan().recipe();
    let toml = recipe.to_toml()?;
    let mut manifest = Manifest::new(program, &recipe.name, recipe.seed);
    manifest.recipe_sha256 = recipe_sha256(recipe)?;
    manifest.machine.threads = trainer.executor.threads();
    manifest.machine.instruction_set = trainer.executor.isa().to_string();
    manifest.epochs = Epochs { asked: recipe.training.epochs, done: 0 };
    manifest.data = data_of(splits);
    manifest.values = values_of(splits);
    manifest.warm_start = trainer.first_weights.as_ref().map(|first| first.record().clone());
    let run = RunDir::create(path, existing, &manifest, &toml)?;
    if splits.train.inventory().is_some() {
        run.write_images(&membership(splits))?;
    }
    Ok((run, manifest))
}

/// What [`Manifest::values`] holds.
fn values_of(splits: &Splits) -> Terms {
    /// Images of a set of the catalogue that are looked at.
    const SOME: usize = 2_000;
    let values = match splits.train.inventory() {
        Some(inventory) => inventory.values,
        None => Values::of(&[&splits.train], SOME),
    };
    [("mean", values.mean), ("contrast", values.contrast), ("spread", values.spread)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// Whether `splits` hold what `data` says, under whatever names of folder and file.
pub fn is_data_of(data: &DataSet, splits: &Splits) -> bool {
    let now = data_of(splits);
    let digests = |data: &DataSet| {
        let mut digests: Vec<String> = data.files.values().map(|digest| digest.sha256.clone()).collect();
        digests.sort_unstable();
        digests
    };
    data.images == now.images && digests(data) == digests(&now)
}

/// What [`Manifest::recipe_sha256`] holds: of the recipe's text with one epoch, no restarts of the learning rate, and
/// nothing to show.
///
/// # Errors
/// If the recipe cannot be written.
pub fn recipe_sha256(recipe: &Recipe) -> Result<String, TrainError> {
    let mut recipe = recipe.clone();
    recipe.training.epochs = 1;
    recipe.optimizer.schedule.restarts_mut().map(Vec::clear);
    recipe.show = Views::default();
    Ok(Digest::of(recipe.to_toml()?.as_bytes()).sha256)
}

pub(crate) fn data_of(splits: &Splits) -> DataSet {
    let parts = [("train", &splits.train), ("valid", &splits.valid), ("test", &splits.test)];
    let mut files = BTreeMap::new();
    for file in parts.iter().flat_map(|(_, part)| part.files()) {
        let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
        files.insert(name, Digest { bytes: file.bytes, sha256: file.sha256.clone() });
    }
    let images = parts.map(|(name, part)| (name.to_owned(), part.len() as u64)).into();
    DataSet { name: splits.train.name().to_owned(), files, images }
}
