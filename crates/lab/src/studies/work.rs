//! Training members, with others perhaps who train the same study.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use data::{DataSpec, ImageShape, Splits};
use run::{EarlyEnd, EndCause, Error as RunError, ExistingRun, Manifest, RunDir, RunLock, Status};
use train::{Monitor, TrainError};

use crate::data_place::{DataFolders, DataPlace};
use crate::error::Error;
use crate::lab::Lab;
use crate::mlflow::Server;
use crate::studies::members::StudyMember;
use crate::studies::record::Record;
use crate::training::{NewRun, Session};

/// From look to look at what others do.
const PAUSE: Duration = Duration::from_millis(500);

/// Trains members one by one.
pub struct Worker<'a> {
    /// The server that is told of the trainings.
    pub mlflow: Option<&'a Server>,
    /// Where data sets are.
    pub dirs: &'a DataFolders,
    /// Asks the work to end.
    pub stop: &'a AtomicBool,
    /// Threads, memory, and who watches.
    pub lab: &'a Lab,
    /// The loss that decides who goes on.
    pub monitor: Monitor,
    /// Images of the first model, which all others must have the shape of.
    pub shape: ImageShape,
    /// The data that were opened last: most models of a study have the same.
    pub opened: (DataSpec, Splits),
}

/// What came of trying to train a member.
pub enum Attempt {
    /// It has come to where it should.
    Done,
    /// Another process trains it, and which.
    Busy(RunError),
    /// The user stopped it.
    Interrupted,
}

impl Worker<'_> {
    /// Trains `member`, called `place`, to the end of epoch `to`, if no other process does.
    ///
    /// # Errors
    /// If it cannot be trained or written. One that diverges is no error: its run says so.
    pub fn attempt(&mut self, member: &StudyMember, to: u64, place: &str) -> Result<Attempt, Error> {
        let lock = match RunLock::claim(&member.folder) {
            Ok(lock) => lock,
            Err(error @ (RunError::Locked { .. } | RunError::Claimed { .. })) => {
                return Ok(Attempt::Busy(error));
            }
            Err(error) => return Err(error.into()),
        };
        // What others did before this process had the lock counts.
        let record = Record::read(member, self.monitor)?;
        let epochs = member.recipe.training.epochs;
        if record.is_complete() || (to < epochs && record.has_come_to(to)) {
            return Ok(Attempt::Done);
        }
        self.lab.note(place);
        if let Some(file) = lock.claim_file() {
            self.lab.note(format_args!(
                "this file system has no locks: {} says who trains; a killed process leaves it behind",
                file.display()
            ));
        }
        let splits = self.splits(member)?;
        let session = match record.status {
            Some(Status::Running | Status::Interrupted) => {
                let run = RunDir::open(&member.folder)?;
                Session::resume_locked(run, &member.recipe, lock, &splits, self.lab)?
            }
            Some(Status::Completed | Status::Failed) | None => {
                let place = DataPlace::new(&member.recipe.data, self.dirs);
                let (recipe, existing) = (&member.recipe, ExistingRun::Overwrite);
                let new_run =
                    NewRun { recipe, splits: &splits, place: &place, first_weights: None, existing };
                Session::begin_locked(new_run, &member.folder, lock, self.lab)?
            }
        };
        let pause = (to < epochs).then_some(to);
        let mut trained = session.tracked(self.mlflow)?.train_to(pause, self.stop, false, self.lab);
        if let Ok(finished) = &mut trained
            && let Some(tracked) = finished.tracked.take()
        {
            tracked.end(finished.manifest.status, self.lab);
        }
        match trained {
            Ok(_) if self.is_stopped() => Ok(Attempt::Interrupted),
            Ok(_) => Ok(Attempt::Done),
            Err(Error::Train(error @ TrainError::Diverged { .. })) => {
                self.lab.warn(format_args!("{}: {error}", member.name));
                Ok(Attempt::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes in the run of `member` that the rule of its study ended it, if no other process is about to.
    ///
    /// # Errors
    /// If the run cannot be read or written.
    pub fn note_stop(&self, member: &StudyMember, record: &Record, reason: &str) -> Result<(), Error> {
        if record.status == Some(Status::Interrupted) && record.early_end.is_some() {
            return Ok(());
        }
        let Ok(_lock) = RunLock::claim(&member.folder) else { return Ok(()) };
        let run = RunDir::open(&member.folder)?;
        let mut manifest: Manifest = run.read()?;
        manifest.early_end = Some(EarlyEnd { cause: EndCause::Study, reason: reason.to_owned() });
        self.lab.note(format_args!("stopped: {}, by {reason}", member.name));
        Ok(run.finish(&mut manifest, Status::Interrupted)?)
    }

    /// Waits a moment for others.
    pub fn wait(&self) {
        std::thread::sleep(PAUSE);
    }

    /// Whether the user asked the work to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The data of `member`.
    fn splits(&mut self, member: &StudyMember) -> Result<Splits, Error> {
        if self.opened.0 != member.recipe.data {
            self.opened = (member.recipe.data.clone(), self.dirs.open(&member.recipe.data, self.lab)?);
        }
        let splits = self.opened.1.clone();
        if splits.test.shape() != self.shape {
            let (name, found, expected) = (&member.name, splits.test.shape(), self.shape);
            return Err(Error::refused(format!(
                "{name}: its test images are {found}, those of the first model {expected}; only equal images are compared"
            )));
        }
        Ok(splits)
    }
}
