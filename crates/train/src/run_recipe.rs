//! The recipe of a run, as it was begun or with another number of epochs.

use run::{Manifest, RunDir};

use crate::error::TrainError;
use crate::recipe::Recipe;
use crate::recipe::overrides::Override;

/// The recipe of the run, to train `epochs` epochs in all where that is given.
///
/// A learning rate that falls towards the end of training falls to the end that the run was begun with, as it would
/// have without, and then anew from there: the recipe gets a restart ([`Decay::Cosine`](crate::Decay::Cosine)) at
/// that epoch. So what was trained stays what it was, and the recipe still says all of it.
///
/// # Errors
/// If it cannot be read or used; [`TrainError::Changed`] if fewer epochs are asked for than are done, or than a
/// learning rate was to fall in.
pub fn recipe_of(run: &RunDir, epochs: Option<u64>) -> Result<Recipe, TrainError> {
    let (text, name) = (run.read_recipe()?, run.path().join("recipe.toml"));
    let name = name.to_string_lossy();
    let recipe = Recipe::parse(&text, &name, &[])?;
    let before = recipe.training.epochs;
    let Some(epochs) = epochs.filter(|epochs| *epochs != before) else { return Ok(recipe) };
    let refuse = |what: String| Err(TrainError::Changed { path: run.path().to_owned(), what });
    let done = run.read::<Manifest>()?.epochs.done;
    if epochs < done {
        return refuse(format!(
            "training.epochs = {epochs}: it has {done} epochs already; give more, such as --epochs {}",
            done.saturating_mul(2)
        ));
    }
    let number = i64::try_from(epochs).unwrap_or(i64::MAX);
    let mut recipe = Recipe::parse(&text, &name, &[Override::set("training.epochs", number)?])?;
    if let Some(restarts) = recipe.optimizer.schedule.restarts_mut() {
        if epochs < before {
            return refuse(format!(
                "training.epochs = {epochs}: the run was begun with {before}, and its learning rate falls towards \
                 the end: with an earlier end it would have been another from the start"
            ));
        }
        restarts.push(before);
    }
    Ok(recipe)
}
