//! The `latentlab` command, for whoever holds it: the binary, and processes that call it by its arguments.
//!
//! [`run()`] is the command as a person types it: it prints, and gives an exit code. [`call`] does the same work without a
//! terminal: what happens goes to an observer, and what `--json` would print is returned.
//!
//! ```
//! use std::sync::Arc;
//!
//! let answer = latentlab::program::call(["recipes"], Arc::new(()), Arc::default())?;
//! assert!(answer.json["recipes"].as_array().is_some_and(|recipes| !recipes.is_empty()));
//! # Ok::<(), latentlab::program::Failure>(())
//! ```
//!
//! Exit codes: 0 done; 1 the machine, the disk or the network failed; 2 what was asked for cannot be (clap's
//! own code for wrong arguments); 3 `anomalies --fail` has flagged some; 130 interrupted (what was learned or measured is saved).

mod arguments;
mod commands;
mod console;
mod console_observer;
mod coordinates;
mod destination;
mod failure;
mod image_arguments;
mod interrupt;
mod outcome;
mod row_file;
mod settings;
mod shard_arguments;
mod tracking_arguments;
mod training_view;

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;

use crate::lab::Observer;

use self::arguments::Arguments;
use self::settings::{Settings, is_broken_pipe};

pub use self::failure::Failure;
pub use self::outcome::Answer;

/// Runs the command that `arguments` ask for, the program's name first: prints what it has to say, and gives the exit code.
///
/// It takes the process for its own: Ctrl-C ends the work cleanly, and a fault of the program is told as one.
pub fn run<A>(arguments: impl IntoIterator<Item = A>) -> u8
where
    A: Into<OsString> + Clone,
{
    tell_faults();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(refusal) => {
            let _ = refusal.print();
            return refusal.exit_code() as u8;
        }
    };
    run_verb(arguments).unwrap_or_else(|failure| {
        let _ = writeln!(std::io::stderr().lock(), "{failure}");
        failure.code()
    })
}

fn run_verb(arguments: Arguments) -> Result<u8, Failure> {
    let settings = Settings::of_process(&arguments.global)?;
    let outcome = arguments.verb.run(&settings)?;
    settings.lab.check_images()?;
    match outcome.print(&settings) {
        Err(error) if !is_broken_pipe(&error) => {
            Err(Failure::fault(format_args!("stdout: cannot write: {error}")))
        }
        _ => Ok(outcome.code()),
    }
}

/// A fault of the program is told as one, with where to report it.
fn tell_faults() {
    std::panic::set_hook(Box::new(|panic| {
        if crate::data::is_guarded() {
            return; // a damaged file, of which an error tells
        }
        let hint = concat!(
            "this is a fault of the program; please report it: ",
            env!("CARGO_PKG_REPOSITORY"),
            "/issues"
        );
        let _ = writeln!(std::io::stderr().lock(), "error: internal error: {panic}\nhint: {hint}");
    }));
}

/// Does what the command of these `arguments` (without the program's name) does, and returns what it prints with
/// `--json`. Nothing is printed: `observer` hears of notes, warnings and progress. Once `stop` is true, work ends as it
/// does after Ctrl-C, but for the figures of a training, which are not drawn then.
///
/// # Errors
/// What [`run()`] would say on stderr. [`Failure::is_mistake`] tells mistakes of the one who asks from faults.
pub fn call<A>(
    arguments: impl IntoIterator<Item = A>,
    observer: Arc<dyn Observer>,
    stop: Arc<AtomicBool>,
) -> Result<Answer, Failure>
where
    A: Into<OsString>,
{
    let name = OsString::from("latentlab");
    let arguments = std::iter::once(name).chain(arguments.into_iter().map(Into::into));
    let arguments = Arguments::try_parse_from(arguments).map_err(|refusal| Failure::refusal(&refusal))?;
    let settings = Settings::of_call(&arguments.global, observer, stop);
    let work = || {
        let outcome = arguments.verb.run(&settings)?;
        settings.lab.check_images()?;
        Ok(outcome.answer_of_call())
    };
    match arguments.global.threads {
        Some(_) => settings.threads()?.install(work),
        None => work(),
    }
}
