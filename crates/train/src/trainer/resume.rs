//! Going on with a training that ended before its time, exactly as if it had not.
//!
//! Shuffles, noise and schedules are pure functions of seed, epoch and step, so weights, moments and counters of
//! the last checkpoint are all it takes; and a training of which nothing was saved begins again, to the same end.

use data::Splits;
use run::{Manifest, RunDir, Status};

use super::Trainer;
use super::checkpoint::restore;
use crate::error::TrainError;
use crate::provenance::{data_of, recipe_sha256};

impl Trainer {
    /// Takes up the training that `run` holds where it was last saved, or from its beginning if nothing was. The
    /// manifest then says that the run is running. Returns what the user should know.
    ///
    /// # Errors
    /// [`TrainError::Changed`] if recipe or data are not those that the run was begun with; if there are
    /// checkpoints but no whole one, or they are of another network or optimizer. The training is then as it was.
    pub fn take_up(
        &mut self,
        run: &RunDir,
        manifest: &mut Manifest,
        program: &str,
        splits: &Splits,
    ) -> Result<Vec<String>, TrainError> {
        let recipe = self.plan().recipe();
        let refuse = |what: String| Err(TrainError::Changed { path: run.path().to_owned(), what });
        if !manifest.recipe_sha256.is_empty() && manifest.recipe_sha256 != recipe_sha256(recipe)? {
            return refuse("recipe.toml is not as it was when the run began".to_owned());
        }
        let data = data_of(splits);
        if data != manifest.data {
            return refuse(format!("the data have changed: {}", data_change(&manifest.data, &data)));
        }
        let mut notes = Vec::new();
        if program != manifest.program {
            notes.push(format!(
                "the run was begun by {}, this is {program}: the rest may differ",
                manifest.program
            ));
        }
        let (kernels, before) = (self.state.device.describe().kernels, &manifest.machine.instruction_set);
        if !before.is_empty() && *before != kernels {
            notes.push(different_kernels(before, &kernels));
        }
        match self.resume(run) {
            Ok(faults) => notes.extend(faults.iter().map(ToString::to_string)),
            Err(TrainError::Run(run::Error::NoCheckpoint { tried, .. })) if tried.is_empty() => {
                notes.push("nothing had been saved yet: training begins again".to_owned());
            }
            Err(error) => return Err(error),
        }
        let recipe = self.plan().recipe();
        manifest.status = Status::Running;
        manifest.finished = None;
        manifest.early_end = None;
        manifest.files.clear();
        manifest.epochs.asked = recipe.training.epochs;
        run.write(manifest)?;
        run.write_recipe(&recipe.to_toml()?)?;
        Ok(notes)
    }

    /// Takes up the training that `run` holds, of the same recipe, where it was last saved. Returns why newer
    /// copies of the checkpoint were passed over, if any were.
    ///
    /// # Errors
    /// If there is no whole checkpoint, or it is of another network or optimizer; the training is then as it
    /// was.
    pub fn resume(&mut self, run: &RunDir) -> Result<Vec<run::Error>, TrainError> {
        restore(&mut self.state, run)
    }
}

fn different_kernels(before: &str, kernels: &str) -> String {
    format!(
        "the run was begun with {before} instructions, this is {kernels}: the rest will differ in the last bits; \
         LATENTLAB_ISA={before} would not, on a machine that has them"
    )
}

/// The first thing in which two data sets differ.
fn data_change(before: &run::DataSet, now: &run::DataSet) -> String {
    if before.name != now.name {
        return format!("they were {}, now they are {}", before.name, now.name);
    }
    for (split, images) in &before.images {
        let found = now.images.get(split).copied().unwrap_or(0);
        if found != *images {
            return format!("{split} had {images} images, now it has {found}");
        }
    }
    let names = before.files.keys().chain(now.files.keys());
    let changed = names.into_iter().find(|name| before.files.get(*name) != now.files.get(*name));
    match changed {
        Some(name) if !now.files.contains_key(name) => format!("{name} is gone"),
        Some(name) if !before.files.contains_key(name) => format!("{name} is new"),
        Some(name) => format!("{name} has another SHA-256"),
        None => "their splits have other names".to_owned(),
    }
}
