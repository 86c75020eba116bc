//! Training again as a run was trained, and whether it came out the same.

use std::path::{Path, PathBuf};

use run::{Manifest, RunDir, Slot};
use train::{FirstWeights, Recipe, recipe_of};

use crate::data_place::{DataFolders, DataPlace};
use crate::error::Error;

/// A run that is to be repeated.
pub struct Original {
    run: RunDir,
    manifest: Manifest,
}

impl Original {
    /// The run in `folder`, with the recipe that repeats it.
    pub fn open(folder: &Path) -> Result<(Self, Recipe), Error> {
        let run = RunDir::open(folder)?;
        let (manifest, recipe): (Manifest, _) = (run.read()?, recipe_of(&run, None)?);
        if manifest.import.is_some() {
            let folder = folder.display();
            return Err(Error::refused(format!(
                "{folder}: was imported, so there is no training of it to repeat"
            ))
            .hint("--warm-start begins a training with its weights, --resume goes on with it"));
        }
        Ok((Self { run, manifest }, recipe))
    }

    /// Where its data are to be looked for.
    pub fn place(&self, recipe: &Recipe, dirs: &DataFolders) -> DataPlace {
        DataPlace::of_run(&self.run, &recipe.data, dirs)
    }

    /// The weights that it began with, if these were not drawn: those of the run in `copy`, else of the one that its
    /// manifest names. Refused where they are others now.
    pub fn first_weights(&self, copy: Option<&Path>) -> Result<Option<FirstWeights>, Error> {
        let here = self.run.path().display();
        let Some(began) = &self.manifest.warm_start else {
            return match copy {
                None => Ok(None),
                Some(_) => Err(Error::refused(format!(
                    "--warm-start: {here} began with drawn weights, and only with these it is repeated"
                ))),
            };
        };
        let folder = copy.unwrap_or(Path::new(&began.run));
        let found = RunDir::open(folder).map_err(Error::from).and_then(|run| Ok(FirstWeights::of(&run)?));
        let why = match found {
            Ok(first) if first.are_of(began) => return Ok(Some(first)),
            Ok(_) => "the best weights there are others now".to_owned(),
            Err(error) => error.to_string(),
        };
        let refusal = Error::refused(format!(
            "{here}: began with the weights of {} after epoch {}, without which it cannot be repeated: {why}",
            began.run, began.epoch
        ));
        Err(refusal.hint("--warm-start RUN says where a copy of that run is"))
    }

    /// Whether the run in `again` ended with the same weights, bit for bit, and if not, why that may be.
    pub fn compare(&self, again: &RunDir, manifest: &Manifest) -> Result<Repetition, Error> {
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
    /// The run that was repeated.
    pub of: PathBuf,
    /// Whether the weights are the same, bit for bit.
    pub equal: bool,
    /// Why they may not be.
    pub reasons: Vec<String>,
}

impl Repetition {
    /// One line for people.
    pub fn sentence(&self) -> String {
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
