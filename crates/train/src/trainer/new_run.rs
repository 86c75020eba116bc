//! The run directory of a training that is about to begin.

use std::path::Path;

use data::Splits;
use run::{Epochs, ExistingRun, Manifest, RunDir};

use super::Trainer;
use crate::error::TrainError;
use crate::membership::membership;
use crate::provenance::{data_of, recipe_sha256, values_of};

/// Makes the run directory of a training that is about to begin: manifest (with the data's files and counts)
/// and recipe as used. `program` is its name and version. The manifest is to be completed, and given to
/// [`RunDir::finish`] after everything else.
///
/// # Errors
/// If the folder is taken or cannot be written.
pub fn create_run(
    path: &Path,
    existing: ExistingRun,
    program: &str,
    trainer: &Trainer,
    splits: &Splits,
) -> Result<(RunDir, Manifest), TrainError> {
    let state = &trainer.state;
    let recipe = state.plan.recipe();
    let toml = recipe.to_toml()?;
    let mut manifest = Manifest::new(program, &recipe.name, recipe.seed);
    manifest.recipe_sha256 = recipe_sha256(recipe)?;
    let device = state.device.describe();
    manifest.machine.threads = device.threads;
    manifest.machine.instruction_set = device.kernels;
    manifest.epochs = Epochs { asked: recipe.training.epochs, done: 0 };
    manifest.data = data_of(splits);
    manifest.values = values_of(splits);
    if let Some(first) = &state.first_weights {
        first.note_in(&mut manifest);
    }
    let run = RunDir::create(path, existing, &manifest, &toml)?;
    if splits.train.inventory().is_some() {
        run.write_images(&membership(splits))?;
    }
    Ok((run, manifest))
}
