//! Who hears what a piece of work has to say, and sees how far it is.

use std::sync::atomic::{AtomicU64, Ordering};

/// Hears notes and warnings and sees progress. Every method does nothing unless it is written.
///
/// ```
/// use std::sync::Mutex;
///
/// struct Warnings(Mutex<Vec<String>>);
///
/// impl lab::Observer for Warnings {
///     fn warn(&self, text: &str) {
///         self.0.lock().unwrap().push(text.to_owned());
///     }
/// }
///
/// let lab = lab::Lab::default().with_observer(Warnings(Mutex::default()));
/// ```
pub trait Observer: Send + Sync {
    /// Something that happened.
    fn note(&self, _text: &str) {}

    /// Something that only the curious want to know.
    fn detail(&self, _text: &str) {}

    /// Something that one should know before one believes the result.
    fn warn(&self, _text: &str) {}

    /// A stage of work named `what` begins, of `steps` steps; 0 where nobody can tell. What is returned is told how many
    /// are done, and is dropped at the end.
    fn stage(&self, _what: &str, _steps: u64) -> Box<dyn StageProgress> {
        Box::new(())
    }

    /// Data are opened: what is returned hears of downloads, and is dropped when the data are there.
    fn downloads(&self) -> Box<dyn FnMut(data::Event<'_>) + '_> {
        Box::new(|_| ())
    }

    /// A training begins: what is returned sees its steps and epochs.
    fn training(&self) -> Box<dyn train::Observer + '_> {
        Box::new(())
    }
}

/// Nobody.
impl Observer for () {}

/// Sees how far a stage is.
pub trait StageProgress: Send + Sync {
    /// So many steps are done.
    fn reach(&self, steps: u64);
}

/// Nobody.
impl StageProgress for () {
    fn reach(&self, _steps: u64) {}
}

/// A stage of work that goes on while this lives.
pub struct Stage {
    progress: Box<dyn StageProgress>,
    steps: AtomicU64,
}

impl Stage {
    pub(crate) fn new(progress: Box<dyn StageProgress>) -> Self {
        Self { progress, steps: AtomicU64::new(0) }
    }

    /// One more step is done.
    pub fn step(&self) {
        self.progress.reach(self.steps.fetch_add(1, Ordering::Relaxed) + 1);
    }
}
