//! What asks work to end: Ctrl-C (the first press cleanly, the second at once), or the one who called.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::program::failure::Failure;

/// Exit code of interrupted work, as shells expect it (128 + SIGINT). What was learned or measured is saved then; the
/// code lets a script see that it is not all.
pub const INTERRUPTED: u8 = 130;

/// What asks work to end.
pub enum Interrupt {
    /// Ctrl-C, SIGTERM or SIGHUP.
    Signals,
    /// Whoever called.
    Caller(Arc<AtomicBool>),
}

impl Interrupt {
    /// A flag that becomes true when work is asked to end. `first` says what is done at the first Ctrl-C, `second` what
    /// a second one would mean.
    pub fn flag(&self, first: &'static str, second: &'static str) -> Result<Arc<AtomicBool>, Failure> {
        match self {
            Self::Signals => flag_of_signals(first, second),
            Self::Caller(flag) => Ok(Arc::clone(flag)),
        }
    }
}

fn flag_of_signals(first: &'static str, second: &'static str) -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED.into());
        }
        let _ =
            writeln!(std::io::stderr().lock(), "\nstopping: {first} (Ctrl-C again stops at once, {second})");
    })
    .map_err(|error| Failure::fault(format!("cannot listen for Ctrl-C: {error}")))?;
    Ok(stop)
}
