//! Going on with a training that ended before its time, exactly as if it had not.
//!
//! Shuffles, noise and schedules are pure functions of seed, epoch and step, so weights, moments and counters of
//! the last checkpoint are all it takes; and a training of which nothing was saved begins again, to the same end.

use data::Splits;
use engine::Isa;
use run::{Checkpoint, Manifest, RunDir, Slot, Status};

use crate::error::TrainError;
use crate::overrides::Override;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::record::{data_of, recipe_sha256};
use crate::trainer::Trainer;

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
        let (isa, before) = (self.executor.isa(), manifest.machine.instruction_set.as_str());
        if !before.is_empty() && before != isa.name() {
            notes.push(different_isa(before, isa));
        }
        match self.resume(run) {
            Ok(passed_over) => notes.extend(passed_over.iter().map(ToString::to_string)),
            Err(TrainError::Run(run::Error::NoCheckpoint { tried, .. })) if tried.is_empty() => {
                notes.push("nothing had been saved yet: training begins again".to_owned());
            }
            Err(error) => return Err(error),
        }
        let recipe = self.plan().recipe();
        manifest.status = Status::Running;
        manifest.finished = None;
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
        let path = run.path().to_owned();
        let state_error = |reason: String| TrainError::State { path: path.clone(), reason };
        let model_error = |error| TrainError::Checkpoint { path: path.clone(), error: Box::new(error) };
        let loaded = run.load_checkpoint(Slot::Last)?;
        let Checkpoint { state, weights, optimizer, .. } = loaded.checkpoint;
        let progress: Progress =
            serde_json::from_value(state).map_err(|error| state_error(error.to_string()))?;
        if progress.step / self.steps_per_epoch() != progress.epoch {
            let Progress { epoch, step, .. } = progress;
            let each = self.steps_per_epoch();
            return Err(state_error(format!(
                "says {step} steps in {epoch} epochs, but an epoch of this recipe and data has {each}"
            )));
        }
        let weights = model::weights::from_bytes(&weights).map_err(model_error)?;
        if let Some(part) = difference(&weights.network, self.plan.network()) {
            return Err(TrainError::Mismatch { path, part });
        }
        let moments = optimizer.ok_or_else(|| state_error("has no optimizer state beside it".to_owned()))?;
        let rule = self.plan.recipe().optimizer.rule;
        let optimizer =
            model::optimizer_from_bytes(&moments, self.plan.network(), rule).map_err(model_error)?;
        if optimizer.steps() != progress.step {
            let (made, step) = (optimizer.steps(), progress.step);
            return Err(state_error(format!("says {step} steps, but its optimizer {made}")));
        }
        if let Some(reason) = progress.impossible(self.train.len()) {
            return Err(state_error(reason));
        }
        self.optimizer = optimizer;
        self.progress = progress;
        let fits = self.executor.set_parameters(&weights.parameters);
        debug_assert!(fits, "the same network has as many parameters");
        Ok(loaded.passed_over)
    }
}

fn different_isa(before: &str, isa: Isa) -> String {
    format!(
        "the run was begun with {before} instructions, this is {isa}: the rest will differ in the last bits; \
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

/// The first part in which two networks differ.
pub(crate) fn difference(a: &engine::Network, b: &engine::Network) -> Option<&'static str> {
    let parts = [
        ("input", a.input == b.input),
        ("encoder", a.encoder == b.encoder),
        ("latent", a.latent == b.latent),
        ("decoder", a.decoder == b.decoder),
        ("objective", a.objective == b.objective),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}
