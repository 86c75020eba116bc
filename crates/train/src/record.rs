//! What a training leaves behind: events and checkpoints in a run directory, or nothing.

use run::{Checkpoint, Event, EventLog, RunDir, Slot};

use crate::error::TrainError;

/// Takes a training's events and checkpoints.
pub struct Record<'a>(Option<(&'a RunDir, EventLog)>);

impl<'a> Record<'a> {
    /// Keeps nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Keeps everything in `run`.
    ///
    /// # Errors
    /// If the run's event log cannot be opened.
    pub fn in_run(run: &'a RunDir) -> Result<Self, TrainError> {
        Ok(Self(Some((run, run.event_log()?))))
    }

    /// Where everything is kept.
    pub(crate) fn run(&self) -> Option<&'a RunDir> {
        self.0.as_ref().map(|(run, _)| *run)
    }

    pub(crate) fn push(&mut self, event: Event) -> Result<(), TrainError> {
        match &mut self.0 {
            Some((_, log)) => Ok(log.push(event)?),
            None => Ok(()),
        }
    }

    /// Saves what `checkpoint` gives, which is not asked where nothing is kept.
    pub(crate) fn save(
        &mut self,
        slot: Slot,
        checkpoint: impl FnOnce() -> Result<Checkpoint, TrainError>,
    ) -> Result<(), TrainError> {
        let Some((run, log)) = &mut self.0 else { return Ok(()) };
        let checkpoint = checkpoint()?;
        run.save_checkpoint(slot, &checkpoint)?;
        let Checkpoint { epoch, step, .. } = checkpoint;
        Ok(log.push(Event::Checkpoint { slot, epoch, step })?)
    }

    pub(crate) fn sync(&self) -> Result<(), TrainError> {
        match &self.0 {
            Some((_, log)) => Ok(log.sync()?),
            None => Ok(()),
        }
    }
}
