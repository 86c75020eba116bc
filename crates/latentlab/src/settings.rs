//! From the arguments that every verb takes to what the verbs work with.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytesize::ByteSize;
use latentlab::data::{DataDirs, Dataset};
use latentlab::engine::Isa;
use latentlab::train::Compute;

use crate::console::{Console, Verbosity};
use crate::failure::Failure;
use crate::memory::{Memory, size};

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
    /// Where notes and progress go.
    pub console: Console,
    /// Threads to work with.
    pub threads: usize,
    /// Memory to use.
    pub memory: Memory,
    /// Whether the result goes out as JSON.
    pub json: bool,
    /// Sets that were opened and lie on disk.
    on_disk: Mutex<Vec<Dataset>>,
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
        let memory = Memory::new(arguments.memory);
        Ok(Self {
            console: Console::new(verbosity),
            threads,
            memory,
            json: arguments.json,
            on_disk: Mutex::default(),
        })
    }

    /// What the numbers are computed with.
    pub fn compute(&self) -> Result<Compute, Failure> {
        Ok(Compute { threads: self.threads, isa: Isa::from_environment()? })
    }
}

impl Settings {
    /// Where sets are looked for, `explicit` first, and how much of one is held in memory.
    pub fn dirs(&self, explicit: Option<PathBuf>) -> DataDirs {
        DataDirs { memory: Some(self.memory.for_images()), ..DataDirs::from_environment(explicit) }
    }

    /// Remembers `set` for [`check_images`](Self::check_images) if it lies on disk, and says so once.
    pub fn watch(&self, set: &Dataset) {
        if !set.is_on_disk() {
            return;
        }
        let mut sets = self.on_disk.lock().unwrap_or_else(PoisonError::into_inner);
        if !sets.iter().any(|other| other.name() == set.name()) {
            let (set, most) = (set.name(), size(self.memory.for_images()));
            let why = "so its images are read from disk as they are needed";
            self.console.note(format_args!("{set}: more than {most}, {why}"));
        }
        sets.push(set.clone());
    }

    /// Whether all images of the sets that lie on disk could be read: else what came of them is not true.
    pub fn check_images(&self) -> Result<(), Failure> {
        let sets = self.on_disk.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sets.iter().try_for_each(Dataset::check)?)
    }
}

/// Whether a write to stdout failed because the reader has seen enough (`latentlab recipes | head -1`).
pub fn is_broken_pipe(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}
