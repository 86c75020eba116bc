//! Who wants to know how training goes: a progress bar, a test, nobody.

use std::time::Duration;

use network::{Description, Terms};

/// Hears of everything that happens while training goes on. Every method does nothing unless it is given.
///
/// `()` is the observer that does nothing at all.
pub trait Observer {
    /// Training begins, or goes on after an interruption.
    fn started(&mut self, _start: &StartReport) {}
    /// A step was made.
    fn step(&mut self, _step: &StepReport) {}
    /// The epoch's steps are made; validation begins.
    fn validating(&mut self, _epoch: u64) {}
    /// An epoch was validated and saved.
    fn epoch(&mut self, _epoch: &EpochReport<'_>) {}
    /// Something the user should know.
    fn notice(&mut self, _message: &str) {}
}

impl Observer for () {}

/// A training about to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct StartReport {
    /// Name of the recipe.
    pub recipe: String,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Training images.
    pub train_images: usize,
    /// Validation images.
    pub valid_images: usize,
    /// Whether these are rows of a table.
    pub is_table: bool,
    /// Epochs to reach.
    pub epochs: u64,
    /// Epochs done before.
    pub epochs_done: u64,
    /// Steps of an epoch.
    pub steps_per_epoch: u64,
    /// Decay of the weights' average, where that is what is validated, saved and used.
    pub average: Option<f64>,
    /// What it is computed with.
    pub device: Description,
}

/// A step that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Its epoch, from 1.
    pub epoch: u64,
    /// Epochs to reach.
    pub epochs: u64,
    /// Its place in the epoch, from 1.
    pub step: u64,
    /// Steps of an epoch.
    pub steps_per_epoch: u64,
    /// Loss terms averaged over the epoch's images so far.
    pub terms: Terms,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Training images a second in this epoch, validation not counted.
    pub images_per_second: f64,
    /// Until the last epoch is validated.
    pub time_left: Duration,
}

/// An epoch that was validated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport<'a> {
    /// As the run's events hold it: number, learning rate, training and validation terms by name, speed.
    pub record: &'a run::Epoch,
    /// Epochs to reach.
    pub epochs: u64,
    /// Whether it is the best so far.
    pub is_best: bool,
    /// Until the last epoch is validated.
    pub time_left: Duration,
}
