//! What follows a loss that is no number or has exploded.

use network::Terms;
use run::Event;

use super::checkpoint::restore;
use super::health::broken_tensor;
use super::progress::Progress;
use super::state::State;
use crate::error::TrainError;
use crate::observer::Observer;
use crate::recipe::OnDivergence;
use crate::record::Record;
use crate::terms::named_terms;

/// What the learning rate is multiplied by when a training is rolled back.
const FACTOR: f64 = 0.1;

/// Goes back once to what was saved last, with a smaller learning rate. `terms` are those of the step of `split`, or
/// its validation.
///
/// # Errors
/// [`TrainError::Diverged`] the second time, or if the recipe says to stop.
pub(super) fn roll_back(
    state: &mut State,
    terms: &Terms,
    split: &'static str,
    record: &mut Record<'_>,
    observer: &mut dyn Observer,
) -> Result<(), TrainError> {
    let weights = match state.progress.epoch {
        0 => "nothing was saved yet".to_owned(),
        epoch => format!("the weights after epoch {epoch} are kept"),
    };
    let (epoch, step) = (state.progress.epoch + 1, state.progress.step + 1);
    let place = broken_tensor(state);
    let terms = Box::new(named_terms(terms, state.plan.network()));
    let error = TrainError::Diverged { epoch, step, split, terms, place, weights };
    record.push(Event::Warning { message: error.to_string() })?;
    let has_tried = state.progress.divergence_factor < 1.0;
    if has_tried || state.plan.recipe().training.on_divergence == OnDivergence::Stop {
        return Err(error);
    }
    let from = state.settings().learning_rate;
    match record.run().map(|run| restore(state, run)) {
        Some(Ok(_)) => {}
        None => state.restart(),
        Some(Err(TrainError::Run(run::Error::NoCheckpoint { tried, .. }))) if tried.is_empty() => {
            state.restart();
        }
        Some(Err(error)) => return Err(error),
    }
    state.progress.divergence_factor = FACTOR;
    let Progress { epoch, step, .. } = state.progress;
    let to = from * FACTOR;
    observer.notice(&format!(
        "{error}; once more from the end of epoch {epoch} with {FACTOR} times the learning rate"
    ));
    record.push(Event::LearningRate { epoch, step, from, to, reason: "divergence".to_owned() })
}
