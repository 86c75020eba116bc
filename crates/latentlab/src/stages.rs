//! Work that takes a while outside of training: what is being done, and a bar where its length is known.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;

use crate::console::Console;

/// Shows one stage of work on a terminal; nothing elsewhere but a line with --verbose.
pub struct Stage {
    bar: ProgressBar,
    done: AtomicU64,
}

impl Stage {
    /// A stage named `what` of `steps` steps; 0 where nobody can tell.
    pub fn new(console: &Console, what: &str, steps: u64) -> Self {
        console.detail(what);
        let (length, template) = match steps {
            0 => (None, "{spinner} {prefix} {elapsed}"),
            _ => (Some(steps), "{prefix} {bar:24.cyan} {pos}/{len}  {eta} left"),
        };
        let bar = console.bar(length, template);
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, done: AtomicU64::new(0) }
    }

    /// One more step is done.
    pub fn step(&self) {
        self.bar.set_position(self.done.fetch_add(1, Ordering::Relaxed) + 1);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
