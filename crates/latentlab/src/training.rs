//! From a checked recipe to a run, for every verb that trains.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use latentlab::data::Splits;
use latentlab::run::{Existing, Manifest, RunDir, Status};
use latentlab::train::{Outcome, Plan, Recipe, Record, Trainer, create_run};

use crate::failure::Failure;
use crate::progress::TrainingView;
use crate::settings::Settings;

/// A training that came to its end, or was interrupted.
pub struct Ended {
    /// The run.
    pub run: RunDir,
    /// Its manifest, as it is on disk.
    pub manifest: Manifest,
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub training: Outcome,
}

/// Trains `recipe` on `splits` in `folder`.
pub fn train(
    recipe: &Recipe,
    splits: &Splits,
    folder: &Path,
    existing: Existing,
    stop: &AtomicBool,
    settings: &Settings,
) -> Result<Ended, Failure> {
    let compute = settings.compute()?;
    let plan = recipe.check(splits.train.shape())?;
    let mut trainer = Trainer::new(plan.clone(), splits, compute)?;
    let program = concat!("latentlab ", env!("CARGO_PKG_VERSION"));
    let (run, mut manifest) = create_run(folder, existing, program, &plan, splits)?;
    manifest.machine.threads = compute.threads;
    manifest.machine.instruction_set = compute.isa.to_string();
    settings.console.note(format_args!("run: {}", folder.display()));
    let mut view = TrainingView::new(&settings.console);
    let training =
        match Record::in_run(&run).and_then(|mut record| trainer.train(&mut record, &mut view, stop)) {
            Ok(training) => training,
            Err(failure) => {
                // The failure that matters is the first; a run that cannot be marked still says "running".
                let _ = run.finish(&mut manifest, Status::Failed);
                return Err(failure.into());
            }
        };
    training.note_in(&mut manifest);
    run.finish(&mut manifest, training.status())?;
    Ok(Ended { run, manifest, plan, training })
}
