//! `train`: from a recipe to a run with weights, events and figures.

mod arguments;
mod draft;
mod dry_run;
mod ending;

use std::time::Instant;

use crate::lab::training::{FinishedTraining, Session, TrainingOptions, draw};
use crate::train::Ending;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

pub use arguments::Arguments;

/// Trains.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let mut original = None;
    let server = arguments.tracking.server(None)?;
    let (session, splits) = match &arguments.resume {
        Some(folder) => {
            let epochs = arguments.epochs.map(|epochs| {
                let refuse = |_| Failure::mistake(format!("--epochs {epochs}: must be at least 1"));
                u64::try_from(epochs).map_err(refuse)
            });
            Session::resume(folder, epochs.transpose()?, &arguments.dirs.folders(), &settings.lab)?
        }
        None => {
            let mut draft = arguments.draft(settings)?;
            if arguments.dry_run {
                return dry_run::outcome(draft, settings);
            }
            original = draft.original.take();
            arguments.begin(draft, settings)?
        }
    };
    let session = session.tracked(server.as_ref())?;
    let stop = settings.stop_flag("saving what was learned", "saving nothing more")?;
    let FinishedTraining { run, manifest, plan, training, tracked, .. } =
        &mut session.train(&stop, arguments.tensorboard, &settings.lab)?;
    let repetition = original.map(|original| original.compare(run, manifest)).transpose()?;
    let is_cut_short = settings.ends_at_once() && training.ending == Ending::Interrupted;
    let options = TrainingOptions {
        no_report: arguments.no_report,
        no_figures: arguments.no_figures || is_cut_short,
        tensorboard: arguments.tensorboard,
        ..TrainingOptions::default()
    };
    let drawn = draw(run, manifest, &splits, &options, started, &settings.lab)?;
    if let Some(tracked) = tracked.take() {
        tracked.end(manifest.status, &settings.lab);
    }
    let report = ending::Report { arguments: &arguments, run, plan, manifest, repetition };
    report.outcome(training, &drawn)
}
