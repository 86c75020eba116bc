//! How far the training of a run is, by its last checkpoint.

use run::{RunDir, Slot};
use serde::Deserialize;

use crate::error::TrainError;
use crate::trainer::Best;

/// How far the training of a run is, by its last checkpoint, without a look at its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SavedProgress {
    /// Epochs done.
    pub epochs: u64,
    /// The epoch with the lowest validation total.
    pub best: Option<Best>,
}

/// What of the trainer's counters is read, whatever else later ones hold.
#[derive(Deserialize)]
struct Counters {
    best: Option<Best>,
}

impl SavedProgress {
    /// Of the run; nothing done before its first checkpoint.
    ///
    /// # Errors
    /// If the checkpoint's record cannot be read.
    pub fn of(run: &RunDir) -> Result<Self, TrainError> {
        let Some(record) = run.checkpoint_record(Slot::Last)? else { return Ok(Self::default()) };
        // A total that is no number is written as none, and then there is no best.
        let best = Counters::deserialize(&record.state).ok().and_then(|counters| counters.best);
        Ok(Self { epochs: record.epoch, best })
    }
}
