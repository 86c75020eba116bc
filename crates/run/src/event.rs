//! The events of a run, as `events.jsonl` holds them.

use serde::{Deserialize, Serialize};

use crate::number;
use crate::slot::Slot;
use crate::terms::Terms;

/// Something that happened while training. In JSON, `event` is its name in snake case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Training began, or went on after an interruption.
    RunStarted {
        /// Name of the recipe.
        recipe: String,
        /// The seed.
        seed: u64,
        /// Epochs done before; 0 at the first start.
        epoch: u64,
        /// Steps done before; 0 at the first start.
        step: u64,
        /// Epochs to reach.
        epochs: u64,
        /// Number of trained parameters.
        parameters: u64,
    },
    /// An epoch ended and was validated.
    Epoch(Epoch),
    /// A checkpoint was saved.
    Checkpoint {
        /// Which of the two.
        slot: Slot,
        /// Epochs done.
        epoch: u64,
        /// Steps done.
        step: u64,
    },
    /// The learning rate was changed by something that happened (a plateau, a divergence); schedules known
    /// beforehand show in [`Epoch::learning_rate`] only.
    LearningRate {
        /// Epochs done.
        epoch: u64,
        /// Steps done.
        step: u64,
        /// Before.
        #[serde(with = "number::one")]
        from: f64,
        /// After.
        #[serde(with = "number::one")]
        to: f64,
        /// Why.
        reason: String,
    },
    /// Training stopped before the epochs asked for, by its own rule.
    EarlyStop {
        /// Epochs done.
        epoch: u64,
        /// The epoch with the best validation total.
        best_epoch: u64,
        /// That total.
        #[serde(with = "number::one")]
        best_total: f64,
    },
    /// The user stopped training; what was learned is saved.
    Interrupted {
        /// Epochs done.
        epoch: u64,
        /// Steps done.
        step: u64,
    },
    /// Training ended.
    Finished {
        /// Epochs done.
        epoch: u64,
        /// Steps done.
        step: u64,
        /// Seconds since the start (or since the resume).
        #[serde(with = "number::one")]
        seconds: f64,
    },
    /// Something the user should know.
    Warning {
        /// What, and what to do about it.
        message: String,
    },
}

/// One epoch of training and its validation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Epochs done, this one included.
    pub epoch: u64,
    /// Steps done in all.
    pub step: u64,
    /// Learning rate of its last step.
    #[serde(with = "number::one")]
    pub learning_rate: f64,
    /// Weight of the KL term at its last step, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub kl_weight: Option<f64>,
    /// Loss terms in nats per image, averaged over the training images as they were seen.
    #[serde(with = "number::terms")]
    pub train: Terms,
    /// Loss terms in nats per image, averaged over the whole validation split; empty without one.
    #[serde(with = "number::terms")]
    pub valid: Terms,
    /// Training images a second, validation not counted.
    #[serde(with = "number::one")]
    pub images_per_second: f64,
    /// Seconds it took, validation included.
    #[serde(with = "number::one")]
    pub seconds: f64,
}
