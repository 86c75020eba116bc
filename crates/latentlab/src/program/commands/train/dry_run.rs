//! What a training would be, without training.

use std::time::Duration;

use crate::lab::numbers::{count, duration, grouped};
use crate::lab::size;
use crate::lab::training::NewRun;
use crate::model::Summary;
use crate::train::Recipe;
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

use super::draft::Draft;

/// How long steps of the training are timed.
const TIMED: Duration = Duration::from_millis(1500);

/// The recipe, on stdout; time and memory of its training.
pub fn outcome(draft: Draft, settings: &Settings) -> Result<Outcome, Failure> {
    let Draft { recipe, reasons, splits, place, first_weights, .. } = draft;
    let existing = crate::run::ExistingRun::Refuse;
    let mut new_run = NewRun { recipe: &recipe, splits: &splits, place: &place, first_weights, existing };
    let trainer = new_run.trainer(&settings.lab)?;
    let plan = trainer.plan();
    let parameters = Summary::new(plan.network())?.parameters;
    let batch = recipe.training.batch_size.min(splits.train.len());
    let memory = plan.memory(batch, settings.lab.compute()?)?.saturating_add(splits.bytes_in_memory());
    let time = trainer.estimate(TIMED)?;
    splits.check()?;

    let lab = &settings.lab;
    lab.note(format_args!(
        "data: {}, {} to validate, {} to test",
        count(splits.train.len(), "training image"),
        grouped(splits.valid.len()),
        grouped(splits.test.len())
    ));
    lab.note(format_args!("memory: {} for {} parameters and the images", size(memory), grouped(parameters)));
    lab.note(format_args!(
        "time: about {} on {} ({} of {} each, by some steps just timed), then figures and report",
        duration(time.training),
        count(settings.lab.threads(), "thread"),
        count(recipe.training.epochs as usize, "epoch"),
        duration(time.epoch)
    ));
    lab.note("nothing was trained");
    let toml = commented(&recipe, &reasons)?;
    let json = json!({
        "recipe": recipe.name,
        "toml": toml,
        "reasons": reasons,
        "images": { "train": splits.train.len(), "valid": splits.valid.len(), "test": splits.test.len() },
        "parameters": parameters,
        "memory_bytes": memory,
        "seconds": { "epoch": time.epoch.as_secs_f64(), "training": time.training.as_secs_f64() },
    });
    Ok(Outcome::answer(toml, json))
}

/// The recipe's file, with why it is as it is above it.
fn commented(recipe: &Recipe, reasons: &[String]) -> Result<String, Failure> {
    let lines = reasons.iter().flat_map(|reason| reason.lines()).map(|line| format!("# {line}\n"));
    let comments: String = lines.collect();
    let blank = if comments.is_empty() { "" } else { "\n" };
    Ok(format!("{comments}{blank}{}", recipe.to_toml()?))
}
