//! `study`: several recipes, trained and compared, by one process or many.

mod arguments;
mod built_in;
mod ending;
mod listing;

use crate::lab::studies::submission::{Scheduler, Submission, script};
use crate::lab::studies::{self, StudyOptions};
use crate::train::Study;
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

pub use arguments::Arguments;

/// Trains what is not trained yet, and compares.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let Some(name) = &arguments.study else { return built_in::list() };
    let study = Study::open(name)?;
    if arguments.show {
        return built_in::show(name, &study);
    }
    let mut options = arguments.options()?;
    if arguments.list {
        return listing::outcome(study, &options, &arguments, settings);
    }
    if let Some(scheduler) = arguments.submit {
        return submit(study, &options, &arguments, scheduler, settings);
    }
    options.mlflow = arguments.tracking.server(Some(&study.name))?;
    let stop = settings.stop_flag("saving what was learned", "saving nothing more")?;
    Ok(ending::outcome(studies::run(study, &options, &stop, &settings.lab)?))
}

fn submit(
    study: Study,
    options: &StudyOptions,
    arguments: &Arguments,
    scheduler: Scheduler,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let tasks = arguments.tasks.map(usize::from);
    let submission = Submission::new(study, options, arguments.again(), tasks, &settings.lab)?;
    let script = script(&submission, scheduler)?;
    let json = json!({
        "script": script,
        "tasks": submission.tasks,
        "cores": submission.cores,
        "memory_bytes": submission.memory,
        "seconds": submission.time.as_secs(),
    });
    Ok(Outcome::answer(script, json))
}
