//! What comes of a training.

use run::{Manifest, Status};

use super::clock::Seconds;
use super::progress::Best;

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After all epochs.
    Completed,
    /// Before, by the recipe's early stopping.
    EarlyStopped,
    /// By the stop flag; what was learned is saved.
    Interrupted,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Epochs done.
    pub epochs: u64,
    /// Steps done.
    pub steps: u64,
    /// The epoch with the lowest validation total; `None` if no epoch came to its end.
    pub best: Option<Best>,
    /// The last epoch that came to its end in this session.
    pub last: Option<run::Epoch>,
    /// What the time was spent on.
    pub seconds: Seconds,
}

impl Outcome {
    /// How the run stands.
    pub fn status(&self) -> Status {
        match self.ending {
            Ending::Completed | Ending::EarlyStopped => Status::Completed,
            Ending::Interrupted => Status::Interrupted,
        }
    }

    /// Writes epochs into `manifest`, and adds the times to those of earlier sessions.
    pub fn note_in(&self, manifest: &mut Manifest) {
        manifest.epochs.done = self.epochs;
        let Seconds { training, validation, .. } = self.seconds;
        *manifest.seconds.entry("training".to_owned()).or_default() += training;
        *manifest.seconds.entry("validation".to_owned()).or_default() += validation;
    }
}
