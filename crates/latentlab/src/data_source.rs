//! Where the images of a command come from: the data set of a recipe or run, or files of the user's own.

use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::ProgressBar;
use latentlab::data::{DATA_VARIABLE, DataDirs, DataSpec, Dataset, Event, Splits};
use latentlab::run::{DataHint, RunDir};
use latentlab::train::Override;

use crate::console::Console;
use crate::failure::Failure;
use crate::inventory;
use crate::numbers::grouped;
use crate::settings::Settings;

/// Where help lists these: an option at a time, so that what follows them in a verb is not listed there, too.
pub const DATA_OPTIONS: &str = "Data options";

/// `--data-dir` and `--offline`.
#[derive(Clone, Debug, clap::Args)]
pub struct DirArguments {
    /// Folder with data sets, looked in first; downloads go there [default: $LATENTLAB_DATA, then the
    /// platform's cache folder]
    #[arg(long, value_name = "FOLDER", help_heading = DATA_OPTIONS)]
    pub data_dir: Option<PathBuf>,

    /// Never download: fail if the data set is not on this machine
    #[arg(long, help_heading = DATA_OPTIONS)]
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
        inventory::tell(&splits.train, splits.distinct().iter().map(|part| part.len()).sum(), console);
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

/// How the data of a training are read.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ReadingArguments {
    /// Array of an .npz file that holds the images or rows [default: the one with a usual name] (data.array)
    #[arg(long, value_name = "NAME", help_heading = DATA_OPTIONS)]
    pub array: Option<String>,

    /// Array or column that holds the classes, none for no classes [default: the one with a usual name] (data.label)
    #[arg(long, value_name = "NAME", help_heading = DATA_OPTIONS)]
    pub label: Option<String>,

    /// Leave out image files that are broken, instead of refusing the set (data.skip_broken)
    #[arg(long, help_heading = DATA_OPTIONS)]
    pub skip_broken: bool,

    /// What missing values of a table become, instead of refusing it (data.impute)
    #[arg(long, value_name = "HOW", value_parser = ["mean"], help_heading = DATA_OPTIONS)]
    pub impute: Option<String>,
}

impl ReadingArguments {
    /// The same as settings of a recipe.
    pub fn overrides(&self) -> Result<Vec<Override>, Failure> {
        let mut overrides = Vec::new();
        for (key, value) in
            [("data.array", &self.array), ("data.label", &self.label), ("data.impute", &self.impute)]
        {
            if let Some(value) = value {
                overrides.push(Override::set(key, value.clone())?);
            }
        }
        if self.skip_broken {
            overrides.push(Override::set("data.skip_broken", true)?);
        }
        Ok(overrides)
    }
}

/// Where a run's data are to be looked for: the recipe's `[data]` table and the folders of data sets.
pub struct DataPlace {
    /// The table, with its path where the data lay in training if something still lies there.
    pub spec: DataSpec,
    /// The folders, with the one of training if none is given now.
    pub dirs: DirArguments,
}

impl DataPlace {
    /// Of a training that begins: as the user gives them.
    pub fn new(spec: &DataSpec, dirs: &DirArguments) -> Self {
        Self { spec: spec.clone(), dirs: dirs.clone() }
    }

    /// Of `run`, trained on `spec`. A run without a hint, or one that is of another machine, is as if it were given
    /// to `train` now.
    pub fn of_run(run: &RunDir, spec: &DataSpec, dirs: &DirArguments) -> Self {
        let mut place = Self::new(spec, dirs);
        let Ok(DataHint { path, data_dir }) = run.read() else { return place };
        let is_there = |path: &PathBuf| path.exists();
        // The path as it was typed names the set, so it stays where it leads to the same place.
        let is_elsewhere = |path: &PathBuf| {
            spec.path.as_ref().is_some_and(|typed| typed.canonicalize().ok().as_ref() != Some(path))
        };
        if let Some(path) = path.filter(is_there).filter(is_elsewhere) {
            place.spec.path = Some(path);
        }
        let data_dir = data_dir.filter(is_there).filter(|_| spec.name.is_some());
        place.dirs.data_dir = place.dirs.data_dir.or(data_dir);
        place
    }

    /// Opens the data; where there are none, the message says what to do about it, in the words of `way_out`.
    pub fn open(&self, way_out: &str, settings: &Settings) -> Result<Splits, Failure> {
        match self.spec.path.as_deref().filter(|path| !path.exists()) {
            Some(path) => {
                let failure = Failure::mistake(format!("{}: cannot open: it does not exist", path.display()));
                Err(failure.hint(way_out))
            }
            None => self.dirs.open(&self.spec, settings),
        }
    }

    /// What a run on these data notes of where they lie.
    pub fn hint(&self) -> Option<DataHint> {
        let variable = std::env::var_os(DATA_VARIABLE).map(PathBuf::from);
        let data_dir = self.dirs.data_dir.clone().or(variable);
        let is_named = self.spec.name.is_some();
        DataHint::now(self.spec.path.as_deref(), data_dir.as_deref().filter(|_| is_named))
    }
}

/// What to do where the data of a run are not found, for verbs that take other data.
pub const DATA_ELSEWHERE: &str = "--data PATH says where the images are now";
/// The same for verbs that do not.
pub const DATA_BACK: &str = "put the images, or a link to them, back where they lay in training";

/// Which part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Split {
    /// What the network learned from
    Train,
    /// What was watched while it learned
    Valid,
    /// What it has never seen
    Test,
    /// All of them, in the order in which they were read
    All,
}

impl Split {
    /// `train`, `valid`, `test` or `all`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
            Self::All => "all",
        }
    }

    /// That part of what [`SplitArguments::open`](crate::opened::SplitArguments::open) opened, which puts all images in
    /// the place of the test images where all were asked for.
    pub fn of(self, splits: &Splits) -> &Dataset {
        match self {
            Self::Train => &splits.train,
            Self::Valid => &splits.valid,
            Self::Test | Self::All => &splits.test,
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
