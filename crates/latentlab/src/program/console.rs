//! Everything that is said on stderr: notes, warnings and progress. Bars on a terminal, plain lines elsewhere.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// What happens.
    Normal,
    /// And what it is made of.
    Verbose,
}

/// Where notes and progress go; clones write to the same place. Nothing here ever writes to stdout, and nothing fails: a stderr that is
/// closed does not end a training.
#[derive(Clone)]
pub struct Console {
    verbosity: Verbosity,
    bars: MultiProgress,
    live: bool,
}

impl Console {
    /// A console on stderr; it draws bars if that is a terminal.
    pub fn new(verbosity: Verbosity) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = verbosity > Verbosity::Quiet && std::io::stderr().is_terminal() && !dumb;
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { verbosity, bars: MultiProgress::with_draw_target(target), live }
    }

    /// Whether bars are drawn (and plain progress lines are not needed).
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Something that happened.
    pub fn note(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.line(text);
        }
    }

    /// Something that only the curious want to know.
    pub fn detail(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.line(text);
        }
    }

    /// Something that the user should know.
    pub fn warn(&self, text: impl Display) {
        self.line(format_args!("warning: {text}"));
    }

    /// A bar of `length`, drawn as `template` says (indicatif's), only on a terminal.
    pub fn bar(&self, length: Option<u64>, template: &str) -> ProgressBar {
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        self.bars.add(bar)
    }

    fn line(&self, text: impl Display) {
        self.bars.suspend(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }
}
