//! What everything here works with: threads, memory, and who watches.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use data::{DataDirs, Dataset};
use engine::Isa;
use train::Compute;

use crate::error::Error;
use crate::memory::{Memory, size};
use crate::observer::{Observer, Stage};

/// Threads, memory, and who watches.
///
/// ```
/// let lab = lab::Lab::default().with_threads(2);
/// assert_eq!(lab.threads(), 2);
/// ```
pub struct Lab {
    threads: usize,
    memory: Memory,
    observer: Arc<dyn Observer>,
    /// Sets that were opened and lie on disk.
    on_disk: Mutex<Vec<Dataset>>,
}

impl Default for Lab {
    /// One thread per core, the memory that is free, and nobody who watches.
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: Memory::free(),
            observer: Arc::new(()),
            on_disk: Mutex::default(),
        }
    }
}

impl Lab {
    /// The same with so many threads for networks; results do not depend on it. Analysis runs on rayon's.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// The same with so much memory.
    #[must_use]
    pub fn with_memory(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    /// The same, watched by `observer`.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer + 'static) -> Self {
        self.with_shared_observer(Arc::new(observer))
    }

    /// The same, watched by an observer that others have, too.
    #[must_use]
    pub fn with_shared_observer(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Threads that networks run on.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Memory that may be used.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Who watches.
    pub fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// What numbers are computed with.
    ///
    /// # Errors
    /// If `LATENTLAB_ISA` names an instruction set that there is none of here.
    pub fn compute(&self) -> Result<Compute, Error> {
        Ok(Compute { threads: self.threads, isa: Isa::from_environment()? })
    }

    /// Where sets are looked for, `explicit` first, and how much of one is held in memory.
    pub fn dirs(&self, explicit: Option<PathBuf>) -> DataDirs {
        DataDirs { memory: Some(self.memory.for_images()), ..DataDirs::from_environment(explicit) }
    }

    /// Something that happened.
    pub fn note(&self, text: impl Display) {
        self.observer.note(&text.to_string());
    }

    /// Something that only the curious want to know.
    pub fn detail(&self, text: impl Display) {
        self.observer.detail(&text.to_string());
    }

    /// Something that one should know before one believes the result.
    pub fn warn(&self, text: impl Display) {
        self.observer.warn(&text.to_string());
    }

    /// A stage of work named `what`, of `steps` steps; 0 where nobody can tell.
    pub fn stage(&self, what: &str, steps: u64) -> Stage {
        Stage::new(self.observer.stage(what, steps))
    }

    /// What was kept in a run; nothing, and a warning, where the run cannot be written: what was measured is an answer
    /// all the same.
    ///
    /// # Errors
    /// Any other that `kept` is.
    pub fn keep_or_warn<T: Default>(&self, kept: Result<T, Error>) -> Result<T, Error> {
        match kept {
            Err(error) if error.is_unkept() => {
                self.warn(format_args!("{error}; the result is not kept in the run"));
                Ok(T::default())
            }
            kept => kept,
        }
    }

    /// Remembers `set` for [`check_images`](Self::check_images) if it lies on disk, and says so once.
    pub(crate) fn watch(&self, set: &Dataset) {
        if !set.is_on_disk() {
            return;
        }
        let mut sets = self.on_disk.lock().unwrap_or_else(PoisonError::into_inner);
        if !sets.iter().any(|other| other.name() == set.name()) {
            let (set, most) = (set.name(), size(self.memory.for_images()));
            let why = "so its images are read from disk as they are needed";
            self.note(format_args!("{set}: more than {most}, {why}"));
        }
        sets.push(set.clone());
    }

    /// Whether all images of the sets that lie on disk could be read: else what came of them is not true.
    ///
    /// # Errors
    /// The first that could not be read.
    pub fn check_images(&self) -> Result<(), Error> {
        let sets = self.on_disk.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sets.iter().try_for_each(Dataset::check)?)
    }
}
