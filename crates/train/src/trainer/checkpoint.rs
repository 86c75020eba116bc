//! The state of a training as a checkpoint holds it, and back.

use run::{Checkpoint, RunDir, Slot};

use super::average::Average;
use super::progress::Progress;
use super::state::State;
use crate::error::TrainError;
use crate::recipe::plan::network_difference;

/// Weights and counters, and where training may go on from here the optimizer's moments and, beside their average, the
/// weights themselves.
pub(super) fn checkpoint(state: &State, goes_on: bool) -> Result<Checkpoint, TrainError> {
    let network = state.plan.network();
    let moments = || model::optimizer_to_bytes(network, &state.device.optimizer_buffers());
    let optimizer = goes_on.then(moments).transpose()?;
    let parameters = state.device.parameters();
    let written = |parameters: &[f32]| model::weights::to_bytes(network, parameters);
    let training_weights = (goes_on && state.average.is_some()).then(|| written(&parameters));
    let used = state.average.as_ref().map_or(&parameters, |average| &average.values);
    Ok(Checkpoint {
        epoch: state.progress.epoch,
        step: state.progress.step,
        state: state.progress.to_json()?,
        weights: written(used)?,
        training_weights: training_weights.transpose()?,
        optimizer,
    })
}

/// Takes up the training that `run` holds, of the same recipe, where it was last saved. Returns why newer copies of
/// the checkpoint were passed over, if any were.
///
/// # Errors
/// If there is no whole checkpoint, or it is of another network or optimizer; the state is then as it was.
pub(super) fn restore(state: &mut State, run: &RunDir) -> Result<Vec<run::Error>, TrainError> {
    let path = run.path().to_owned();
    let state_error = |reason: String| TrainError::State { path: path.clone(), reason };
    let model_error = |error| TrainError::Checkpoint { path: path.clone(), error: Box::new(error) };
    let loaded = run.load_checkpoint(Slot::Last)?;
    let Checkpoint { state: counters, weights, training_weights, optimizer, .. } = loaded.checkpoint;
    let progress: Progress =
        serde_json::from_value(counters).map_err(|error| state_error(error.to_string()))?;
    if progress.step / state.steps_per_epoch() != progress.epoch {
        let Progress { epoch, step, .. } = progress;
        let each = state.steps_per_epoch();
        return Err(state_error(format!(
            "says {step} steps in {epoch} epochs, but an epoch of this recipe and data has {each}"
        )));
    }
    let parameters_in = |bytes: &[u8]| {
        let weights = model::weights::from_bytes(bytes).map_err(model_error)?;
        match network_difference(&weights.network, state.plan.network()) {
            Some(part) => Err(TrainError::Mismatch { path: path.clone(), part }),
            None => Ok(weights.parameters),
        }
    };
    let used = parameters_in(&weights)?;
    let (average, parameters) = match (state.plan.recipe().training.average, training_weights) {
        (None, _) => (None, used),
        (Some(rule), Some(weights)) => (Some(Average::new(rule, used)), parameters_in(&weights)?),
        (Some(_), None) => {
            return Err(state_error("has no training weights beside their average".to_owned()));
        }
    };
    let moments = optimizer.ok_or_else(|| state_error("has no optimizer state beside it".to_owned()))?;
    let rule = state.plan.recipe().optimizer.rule;
    let optimizer = model::optimizer_from_bytes(&moments, state.plan.network(), rule).map_err(model_error)?;
    if optimizer.steps() != progress.step {
        let (made, step) = (optimizer.steps(), progress.step);
        return Err(state_error(format!("says {step} steps, but its optimizer {made}")));
    }
    if let Some(reason) = progress.impossible(state.train.len()) {
        return Err(state_error(reason));
    }
    state.progress = progress;
    state.average = average;
    let fits = state.device.set_optimizer_buffers(&optimizer) && state.device.set_parameters(&parameters);
    debug_assert!(fits, "the same network has as many parameters");
    Ok(loaded.faults)
}
