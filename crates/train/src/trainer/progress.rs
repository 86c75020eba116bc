//! How far a training is, and what its rules remember: everything besides weights and moments that it takes
//! to go on where it stopped. Kept in a checkpoint's `state`.

use network::{Term, Terms};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::TrainError;
use crate::recipe::schedule::Decay;
use crate::recipe::{EarlyStopping, Monitor};

/// The counters of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// Epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// Loss terms of the current epoch so far.
    pub running: Terms,
    /// The epoch with the lowest validation total.
    pub best: Option<Best>,
    /// What reduce-on-plateau remembers.
    pub plateau: Watch,
    /// What the learning rate was multiplied by because of plateaus.
    pub plateau_factor: f64,
    /// What early stopping remembers.
    pub stopping: Watch,
    /// The total of the first step, beside which one that explodes shows.
    #[serde(default)]
    pub first_total: Option<f64>,
    /// What the learning rate was multiplied by because training diverged.
    #[serde(default = "one")]
    pub divergence_factor: f64,
    /// What the user was warned of already.
    #[serde(default, rename = "warned")]
    pub warnings: Warnings,
    /// Whether early stopping has ended the training, however many epochs are asked for later.
    #[serde(default)]
    pub is_stopped: bool,
}

fn one() -> f64 {
    1.0
}

/// Warnings that are given once, and whether they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Warnings {
    pub collapse: bool,
    pub dead_units: bool,
}

/// The epoch with the lowest validation total.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Epochs done then.
    pub epoch: u64,
    /// Its validation total.
    pub total: f64,
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

impl Progress {
    /// As a checkpoint's `state`.
    ///
    /// # Errors
    /// If it would not come back as it is: JSON has no form for numbers that are not finite, and calls them `null`.
    pub fn to_json(&self) -> Result<Value, TrainError> {
        let refuse = |reason: String| TrainError::Counters { reason };
        let state = serde_json::to_value(self).map_err(|error| refuse(error.to_string()))?;
        match Self::deserialize(&state) {
            Ok(copy) if copy == *self => Ok(state),
            _ => Err(refuse(format!("one of them is not finite: {state}"))),
        }
    }

    /// Why no training of `images` images could have come to these counters.
    pub fn impossible(&self, images: usize) -> Option<String> {
        if self.running.images > images {
            return Some(format!("says {} images of an epoch of {images}", self.running.images));
        }
        let waited = self.plateau.waited.max(self.stopping.waited);
        (waited > self.epoch).then(|| format!("says {waited} epochs without improvement of {}", self.epoch))
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            epoch: 0,
            step: 0,
            running: Terms::default(),
            best: None,
            plateau: Watch::default(),
            plateau_factor: 1.0,
            stopping: Watch::default(),
            first_total: None,
            divergence_factor: 1.0,
            warnings: Warnings::default(),
            is_stopped: false,
        }
    }
}

impl Progress {
    /// Counts a step and adds its terms to the epoch's.
    pub fn count_step(&mut self, terms: Terms) {
        self.step += 1;
        self.running = self.running.merge(terms);
    }

    /// Counts an epoch, and returns its training terms and whether it is the best so far.
    pub fn count_epoch(&mut self, valid: &Terms) -> (Terms, bool) {
        self.epoch += 1;
        let is_best = self.best.is_none_or(|best| valid.total() < best.total);
        if is_best {
            self.best = Some(Best { epoch: self.epoch, total: valid.total() });
        }
        (std::mem::take(&mut self.running), is_best)
    }

    /// Lets reduce-on-plateau look at the validation total. Returns whether the learning rate dropped.
    pub fn watch_plateau(&mut self, decay: &Decay, learning_rate: f64, total: f64) -> bool {
        let Decay::ReduceOnPlateau { factor, patience, min_delta, min_learning_rate } = *decay else {
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

    /// Lets early stopping look at the epoch, and notes whether training should stop.
    pub fn watch_stopping(&mut self, rule: Option<EarlyStopping>, train: &Terms, valid: &Terms) {
        let Some(EarlyStopping { patience, min_delta, monitor }) = rule else { return };
        let value = match monitor {
            Monitor::ValidTotal => valid.total(),
            Monitor::ValidReconstruction => valid[Term::Reconstruction],
            Monitor::TrainTotal => train.total(),
        };
        self.is_stopped = self.stopping.is_stuck(value, min_delta, patience);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATEAU: Decay =
        Decay::ReduceOnPlateau { factor: 0.5, patience: 2, min_delta: 0.1, min_learning_rate: 0.3 };

    fn of<const N: usize>(values: [(Term, f64); N], images: usize) -> Terms {
        Terms { values: values.into(), images }
    }

    #[test]
    fn the_rate_drops_after_two_epochs_without_improvement_and_never_below_its_least() {
        let mut progress = Progress::default();
        let mut factors = Vec::new();
        for total in [5.0, 4.0, 3.95, 3.92, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0] {
            progress.watch_plateau(&PLATEAU, 1.0, total);
            factors.push(progress.plateau_factor);
        }
        assert_eq!(factors, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3]);
        assert!(!Progress::default().watch_plateau(&Decay::Constant {}, 1.0, 1.0));
    }

    #[test]
    fn a_rate_below_the_least_is_not_raised() {
        let mut progress = Progress::default();
        for total in [1.0; 5] {
            assert!(!progress.watch_plateau(&PLATEAU, 0.1, total));
        }
        assert_eq!(progress.plateau_factor, 1.0);
    }

    #[test]
    fn early_stopping_watches_what_it_is_told_to() {
        let terms = |total: f64| of([(Term::Total, total), (Term::Reconstruction, total)], 1);
        let rule = |monitor| Some(EarlyStopping { patience: 2, min_delta: 0.0, monitor });
        let stops_at = |monitor, train: &[f64], valid: &[f64]| {
            let mut progress = Progress::default();
            std::iter::zip(train, valid).position(|(t, v)| {
                progress.watch_stopping(rule(monitor), &terms(*t), &terms(*v));
                progress.is_stopped
            })
        };
        let (falling, stuck) = ([5.0, 4.0, 3.0, 2.0, 1.0], [5.0, 4.0, 4.0, 4.5, 1.0]);
        assert_eq!(stops_at(Monitor::ValidTotal, &falling, &stuck), Some(3));
        assert_eq!(stops_at(Monitor::ValidReconstruction, &falling, &stuck), Some(3));
        assert_eq!(stops_at(Monitor::TrainTotal, &falling, &stuck), None);
        let mut progress = Progress::default();
        progress.watch_stopping(None, &terms(1.0), &terms(1.0));
        assert!(!progress.is_stopped);
    }

    #[test]
    fn counters_come_back_from_json_to_the_bit() {
        let mut progress = Progress::default();
        progress.count_step(of([(Term::Total, 1.0 / 3.0), (Term::Kl, 0.1)], 7));
        progress.count_epoch(&of([(Term::Total, 0.7)], 0));
        progress.count_step(of([(Term::Total, 2.0 / 3.0), (Term::Kl, 1e-300)], 5));
        let text = progress.to_json().unwrap().to_string();
        assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), progress);
    }

    #[test]
    fn counters_that_would_not_come_back_are_not_saved() {
        let mut progress = Progress { first_total: Some(f64::NAN), ..Progress::default() };
        let message = progress.to_json().unwrap_err().to_string();
        assert!(message.contains("not finite") && message.contains("\"first_total\":null"), "{message}");
        progress = Progress { plateau_factor: f64::INFINITY, ..Progress::default() };
        assert!(progress.to_json().is_err());
        assert!(Progress::default().to_json().is_ok());
    }
}
