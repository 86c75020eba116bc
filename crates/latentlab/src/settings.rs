//! From the arguments that every verb takes to what the verbs work with.

use std::io::ErrorKind;

use latentlab::engine::Isa;
use latentlab::train::Compute;

use crate::console::{Console, Verbosity};
use crate::failure::Failure;

/// Arguments of every verb.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArguments {
    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more on stderr: machine, instruction set, files read
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Threads to work with [default: one per core]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Print the result as JSON on stdout, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
}

/// What every verb works with.
pub struct Settings {
    /// Where notes and progress go.
    pub console: Console,
    /// Threads to work with.
    pub threads: usize,
    /// Whether the result goes out as JSON.
    pub json: bool,
}

impl Settings {
    /// Checks the arguments and starts the threads outside the engine.
    pub fn new(arguments: &GlobalArguments) -> Result<Self, Failure> {
        let verbosity = match (arguments.quiet, arguments.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = arguments.threads.map_or_else(cores, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .map_err(|error| Failure::fault(format!("--threads {threads}: cannot start them: {error}")))?;
        Ok(Self { console: Console::new(verbosity), threads, json: arguments.json })
    }

    /// What the numbers are computed with.
    pub fn compute(&self) -> Result<Compute, Failure> {
        Ok(Compute { threads: self.threads, isa: Isa::from_environment()? })
    }
}

/// Whether a write to stdout failed because the reader has seen enough (`latentlab recipes | head -1`).
pub fn is_broken_pipe(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}
