//! How far a training is, and what its rules remember: everything besides weights and moments that it takes
//! to go on where it stopped. Kept in a checkpoint's `state`.

use engine::Terms;
use serde::{Deserialize, Serialize};

use crate::recipe::{EarlyStopping, Monitor};
use crate::schedule::Decay;

/// The counters of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// Epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// Loss terms of the current epoch so far.
    pub running: Running,
    /// The epoch with the lowest validation total.
    pub best: Option<Best>,
    /// What reduce-on-plateau remembers.
    pub plateau: Watch,
    /// What the learning rate was multiplied by because of plateaus.
    pub plateau_factor: f64,
    /// What early stopping remembers.
    pub stopping: Watch,
}

/// The epoch with the lowest validation total.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Epochs done then.
    pub epoch: u64,
    /// Its validation total.
    pub total: f64,
}

/// Means over the images of the current epoch so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Running {
    total: f64,
    reconstruction: f64,
    kl: f64,
    kl_nats: f64,
    code_l1: f64,
    images: usize,
}

impl From<Terms> for Running {
    fn from(terms: Terms) -> Self {
        let Terms { total, reconstruction, kl, kl_nats, code_l1, images } = terms;
        Self { total, reconstruction, kl, kl_nats, code_l1, images }
    }
}

impl From<Running> for Terms {
    fn from(running: Running) -> Self {
        let Running { total, reconstruction, kl, kl_nats, code_l1, images } = running;
        Self { total, reconstruction, kl, kl_nats, code_l1, images }
    }
}

/// Watches a number that should decrease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {
    best: Option<f64>,
    /// Epochs without improvement.
    waited: u64,
}

impl Watch {
    /// Looks at the number after one more epoch. Returns whether `patience` epochs have gone by without an
    /// improvement by more than `min_delta`, and then begins to count anew.
    fn is_stuck(&mut self, value: f64, min_delta: f64, patience: u64) -> bool {
        if self.best.is_none_or(|best| value < best - min_delta) {
            *self = Self { best: Some(value), waited: 0 };
            return false;
        }
        self.waited += 1;
        let is_stuck = self.waited >= patience;
        if is_stuck {
            self.waited = 0;
        }
        is_stuck
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            epoch: 0,
            step: 0,
            running: Running::default(),
            best: None,
            plateau: Watch::default(),
            plateau_factor: 1.0,
            stopping: Watch::default(),
        }
    }
}

impl Progress {
    /// Counts a step and adds its terms to the epoch's.
    pub fn count_step(&mut self, terms: Terms) {
        self.step += 1;
        self.running = Terms::from(self.running).merge(terms).into();
    }

    /// Counts an epoch, and returns its training terms and whether it is the best so far.
    pub fn count_epoch(&mut self, valid: &Terms) -> (Terms, bool) {
        self.epoch += 1;
        let is_best = self.best.is_none_or(|best| valid.total < best.total);
        if is_best {
            self.best = Some(Best { epoch: self.epoch, total: valid.total });
        }
        (std::mem::take(&mut self.running).into(), is_best)
    }

    /// Lets reduce-on-plateau look at the validation total. Returns whether the learning rate dropped.
    pub fn watch_plateau(&mut self, decay: Decay, learning_rate: f64, total: f64) -> bool {
        let Decay::ReduceOnPlateau { factor, patience, min_delta, min_learning_rate } = decay else {
            return false;
        };
        if !self.plateau.is_stuck(total, min_delta, patience) {
            return false;
        }
        let least = (min_learning_rate / learning_rate).min(self.plateau_factor);
        let before = self.plateau_factor;
        self.plateau_factor = (before * factor).max(least);
        self.plateau_factor < before
    }

    /// Lets early stopping look at the epoch. Returns whether training should stop.
    pub fn watch_stopping(&mut self, rule: Option<EarlyStopping>, train: &Terms, valid: &Terms) -> bool {
        let Some(EarlyStopping { patience, min_delta, monitor }) = rule else { return false };
        let value = match monitor {
            Monitor::ValidTotal => valid.total,
            Monitor::ValidReconstruction => valid.reconstruction,
            Monitor::TrainTotal => train.total,
        };
        self.stopping.is_stuck(value, min_delta, patience)
    }
}
