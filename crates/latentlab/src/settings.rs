//! From the arguments that every verb takes to what the verbs work with.

use std::io::ErrorKind;

use bytesize::ByteSize;
use latentlab::Lab;
use latentlab::lab::Memory;

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

    /// Memory to use at most, e.g. 8GiB [default: what is free]; a data set that takes more than half of it is
    /// read from disk image by image, with the same results
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<ByteSize>,

    /// Print the result as JSON on stdout, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
}

/// What every verb works with.
pub struct Settings {
    /// Threads, memory, and the console as the one who watches.
    pub lab: Lab,
    /// Where notes and progress go.
    pub console: Console,
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
        let console = Console::new(verbosity);
        let mut lab = Lab::default().with_observer(console.clone());
        if let Some(threads) = arguments.threads {
            lab = lab.with_threads(threads.into());
        }
        if let Some(memory) = arguments.memory {
            lab = lab.with_memory(Memory::bytes(memory.as_u64()));
        }
        let threads = lab.threads();
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .map_err(|error| Failure::fault(format!("--threads {threads}: cannot start them: {error}")))?;
        Ok(Self { lab, console, json: arguments.json })
    }
}

/// Whether a write to stdout failed because the reader has seen enough (`latentlab recipes | head -1`).
pub fn is_broken_pipe(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}
