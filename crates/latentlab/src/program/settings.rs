//! From the arguments that every verb takes to what the verbs work with.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytesize::ByteSize;
use rayon::{ThreadPool, ThreadPoolBuildError};

use crate::Lab;
use crate::lab::{Memory, Observer};
use crate::program::console::{Console, Verbosity};
use crate::program::failure::Failure;
use crate::program::interrupt::Interrupt;

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
    /// Threads, memory, and who watches.
    pub lab: Lab,
    /// Whether the result goes out as JSON.
    pub json: bool,
    /// Whether only warnings, errors and answers are said.
    pub quiet: bool,
    /// What asks the work to end.
    interrupt: Interrupt,
}

impl Settings {
    /// Of a process of its own: the terminal is told, Ctrl-C is heard, and the threads outside the engine are started.
    pub fn of_process(arguments: &GlobalArguments) -> Result<Self, Failure> {
        let verbosity = match (arguments.quiet, arguments.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let observer = Arc::new(Console::new(verbosity));
        let settings = Self::new(arguments, observer, Interrupt::Signals);
        let threads = settings.lab.threads();
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(no_threads(threads))?;
        Ok(settings)
    }

    /// Of a call inside a process that does other things, too.
    pub fn of_call(arguments: &GlobalArguments, observer: Arc<dyn Observer>, stop: Arc<AtomicBool>) -> Self {
        Self::new(arguments, observer, Interrupt::Caller(stop))
    }

    fn new(arguments: &GlobalArguments, observer: Arc<dyn Observer>, interrupt: Interrupt) -> Self {
        let mut lab = Lab::default().with_shared_observer(observer);
        if let Some(threads) = arguments.threads {
            lab = lab.with_threads(threads.into());
        }
        if let Some(memory) = arguments.memory {
            lab = lab.with_memory(Memory::bytes(memory.as_u64()));
        }
        Self { lab, json: arguments.json, quiet: arguments.quiet, interrupt }
    }

    /// Threads outside the engine of their own, as many as were asked for.
    pub fn threads(&self) -> Result<ThreadPool, Failure> {
        let threads = self.lab.threads();
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(no_threads(threads))
    }

    /// A flag that becomes true when the work is asked to end; of a process by Ctrl-C, SIGTERM or SIGHUP. `first` says
    /// what is done then, `second` what a second Ctrl-C would mean.
    pub fn stop_flag(&self, first: &'static str, second: &'static str) -> Result<Arc<AtomicBool>, Failure> {
        self.interrupt.flag(first, second)
    }

    /// Whether there may be somebody at a terminal to be asked.
    pub fn may_ask(&self) -> bool {
        matches!(self.interrupt, Interrupt::Signals)
    }

    /// Whether nobody waits for more than what is saved once the work was asked to end.
    pub fn ends_at_once(&self) -> bool {
        matches!(self.interrupt, Interrupt::Caller(_))
    }
}

fn no_threads(threads: usize) -> impl FnOnce(ThreadPoolBuildError) -> Failure {
    move |error| Failure::fault(format!("--threads {threads}: cannot start them: {error}"))
}

/// Whether a write to stdout failed because the reader has seen enough (`latentlab recipes | head -1`).
pub fn is_broken_pipe(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}
