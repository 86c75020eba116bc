//! The `latentlab` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    latentlab::program::run(std::env::args_os()).into()
}
