//! Where the images of a command come from: the data set of a recipe or run, or files of the user's own.

use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::ProgressBar;
use latentlab::data::{DataDirs, DataSpec, Dataset, Event, Splits};

use crate::console::Console;
use crate::failure::Failure;
use crate::numbers::grouped;
use crate::settings::Settings;

/// `--data-dir` and `--offline`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Data options")]
pub struct DirArguments {
    /// Folder with data sets, looked in first; downloads go there [default: $LATENTLAB_DATA, then the
    /// platform's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// Never download: fail if the data set is not on this machine
    #[arg(long)]
    pub offline: bool,
}

impl DirArguments {
    /// The folders to look in.
    pub fn dirs(&self, settings: &Settings) -> DataDirs {
        DataDirs { offline: self.offline, ..settings.dirs(self.data_dir.clone()) }
    }

    /// Opens the data set of `spec`; downloads are shown.
    pub fn open(&self, spec: &DataSpec, settings: &Settings) -> Result<Splits, Failure> {
        let console = &settings.console;
        let mut downloads = Downloads { console, bar: None };
        let splits = latentlab::data::open(spec, &self.dirs(settings), &mut |event| downloads.hear(event))?;
        settings.watch(&splits.train);
        if !splits.test.shares_pixels_with(&splits.train) {
            settings.watch(&splits.test);
        }
        for file in splits.train.files().iter().chain(splits.test.files()) {
            console.detail(format_args!("read {} (SHA-256 {})", file.path.display(), file.sha256));
        }
        Ok(splits)
    }
}

/// Which part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Split {
    /// What the network learned from
    Train,
    /// What was watched while it learned
    Valid,
    /// What it has never seen
    Test,
}

impl Split {
    /// `train`, `valid` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }

    /// That part.
    pub fn of(self, splits: &Splits) -> &Dataset {
        match self {
            Self::Train => &splits.train,
            Self::Valid => &splits.valid,
            Self::Test => &splits.test,
        }
    }
}

/// Shows downloads: a bar each on a terminal, a line at their beginning and end elsewhere.
struct Downloads<'a> {
    console: &'a Console,
    bar: Option<ProgressBar>,
}

const TEMPLATE: &str = "{prefix} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

impl Downloads<'_> {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Downloading { file, url, received, total } if self.bar.is_none() => {
                self.console.note(format_args!("downloading {url}"));
                let bar = self.console.bar(total, TEMPLATE);
                bar.set_prefix(file.to_owned());
                bar.set_position(received);
                self.bar = Some(bar);
            }
            Event::Downloading { file, received, total, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(received);
                }
                if total == Some(received) {
                    self.finish();
                    self.console.detail(format_args!("received {file}, {} bytes", grouped(received)));
                }
            }
            Event::Retrying { url, reason, pause } => {
                self.finish();
                self.console.note(format_args!("{url}: {reason}; trying again in {} s", pause.as_secs()));
            }
            Event::MirrorFailed { url, reason } => {
                self.finish();
                self.console.warn(format_args!("{url}: {reason}"));
            }
            Event::Differs { file, set } => self.console.warn(format_args!(
                "{}: is not the published file of {set}; using it as it is",
                file.display()
            )),
            _ => {}
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Downloads<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
