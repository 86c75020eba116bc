//! What the run of a member says of itself.

use run::{EarlyEnd, EndCause, Manifest, RunDir, Status};
use train::{Monitor, Recipe, recipe_of};

use crate::error::Error;
use crate::studies::members::StudyMember;

/// What the run of a member says of itself; nothing, where there is none of its recipe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// How it stands.
    pub status: Option<Status>,
    /// Why it ended early, where it did.
    pub early_end: Option<EarlyEnd>,
    /// The loss that decides who goes on, of each epoch.
    pub losses: Vec<f64>,
}

impl Record {
    /// The record of `member`.
    ///
    /// # Errors
    /// If manifest or events cannot be read.
    pub fn read(member: &StudyMember, monitor: Monitor) -> Result<Self, Error> {
        let Ok(run) = RunDir::open(&member.folder) else { return Ok(Self::default()) };
        let recipe = &member.recipe;
        // What a run shows is no reason to train again.
        let of_recipe = |found: Recipe| Recipe { show: recipe.show.clone(), ..found } == *recipe;
        if !recipe_of(&run, None).is_ok_and(of_recipe) {
            return Ok(Self::default());
        }
        let Manifest { status, early_end, .. } = run.read()?;
        let events = run.events()?;
        let losses = events.epochs().into_iter().map(|epoch| monitored(epoch, monitor)).collect();
        Ok(Self { status: Some(status), early_end, losses })
    }

    /// Epochs done.
    pub fn epochs(&self) -> u64 {
        self.losses.len() as u64
    }

    /// Whether it did all that was asked, or stopped early by its own rule.
    pub fn is_complete(&self) -> bool {
        self.status == Some(Status::Completed)
    }

    /// Why it cannot be trained: its loss was no number, or exploded.
    pub fn divergence(&self) -> Option<&str> {
        let is_one =
            |end: &&EarlyEnd| self.status == Some(Status::Failed) && end.cause == EndCause::Divergence;
        self.early_end.as_ref().filter(is_one).map(|end| end.reason.as_str())
    }

    /// Whether there is nothing to train up to this epoch.
    pub fn has_come_to(&self, epoch: u64) -> bool {
        self.is_complete() || self.divergence().is_some() || self.epochs() >= epoch
    }

    /// The losses up to a rung, with an infinite one behind them if it diverged on the way there.
    pub fn losses_to(&self, rung: u64) -> Vec<f64> {
        let mut losses: Vec<f64> =
            self.losses.iter().copied().take(usize::try_from(rung).unwrap_or(usize::MAX)).collect();
        if (losses.len() as u64) < rung && self.divergence().is_some() {
            losses.push(f64::INFINITY);
        }
        losses
    }
}

fn monitored(epoch: &run::Epoch, monitor: Monitor) -> f64 {
    let (terms, name) = match monitor {
        Monitor::ValidTotal => (&epoch.valid, "total"),
        Monitor::ValidReconstruction => (&epoch.valid, "reconstruction"),
        Monitor::TrainTotal => (&epoch.train, "total"),
    };
    // Of a plain autoencoder the only term is the total.
    terms.get(name).or_else(|| terms.get("total")).copied().unwrap_or(f64::NAN)
}
