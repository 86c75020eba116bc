//! The `latentlab` command: parses, dispatches, says what went wrong, sets the exit code.
//!
//! Exit codes: 0 done; 1 the machine, the disk or the network failed; 2 what was asked for cannot be (clap's
//! own code for wrong arguments); 130 interrupted (what was learned or measured is saved).

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
mod training_view;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::settings::{Settings, is_broken_pipe};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if latentlab::data::is_guarded() {
            return; // a damaged file, of which an error tells
        }
        let hint = concat!(
            "this is a fault of the program; please report it: ",
            env!("CARGO_PKG_REPOSITORY"),
            "/issues"
        );
        let _ = writeln!(std::io::stderr().lock(), "error: internal error: {panic}\nhint: {hint}");
    }));
    match run(Arguments::parse()) {
        Ok(code) => code.into(),
        Err(failure) => {
            let _ = writeln!(std::io::stderr().lock(), "{failure}");
            failure.code().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<u8, Failure> {
    let settings = Settings::new(&arguments.global)?;
    let outcome = arguments.verb.run(&settings)?;
    settings.lab.check_images()?;
    match outcome.print(&settings) {
        Err(error) if !is_broken_pipe(&error) => {
            Err(Failure::fault(format_args!("stdout: cannot write: {error}")))
        }
        _ => Ok(outcome.code()),
    }
}
