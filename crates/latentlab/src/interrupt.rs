//! Ctrl-C: the first press asks the work to end cleanly, the second ends the program at once.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// Exit code of interrupted work, as shells expect it (128 + SIGINT). What was learned or measured is saved then; the
/// code lets a script see that it is not all.
pub const INTERRUPTED: u8 = 130;

/// A flag that becomes true at the first Ctrl-C (or SIGTERM, SIGHUP). `first` says what is done then, `second`
/// what a second Ctrl-C would mean.
pub fn stop_flag(first: &'static str, second: &'static str) -> Result<Arc<AtomicBool>, Failure> {
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
