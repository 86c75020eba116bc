//! Where the images of a command come from: the data set of a recipe or run, or files of the user's own.

use std::path::PathBuf;

use data::{DATA_VARIABLE, DataDirs, DataSpec, Splits};
use run::{DataHint, RunDir};

use crate::error::Error;
use crate::inventory;
use crate::lab::Lab;

/// Where data sets are looked for.
#[derive(Clone, Debug, Default)]
pub struct DataFolders {
    /// A folder with data sets, looked in first, and where downloads go; else `$LATENTLAB_DATA`, then the platform's cache
    /// folder.
    pub data_dir: Option<PathBuf>,
    /// Never download: fail if the data set is not on this machine.
    pub offline: bool,
}

impl DataFolders {
    /// The folders to look in.
    pub fn dirs(&self, lab: &Lab) -> DataDirs {
        DataDirs { offline: self.offline, ..lab.dirs(self.data_dir.clone()) }
    }

    /// Opens the data set of `spec`; downloads are shown.
    pub fn open(&self, spec: &DataSpec, lab: &Lab) -> Result<Splits, Error> {
        let mut downloads = lab.observer().downloads();
        let splits = data::open(spec, &self.dirs(lab), &mut *downloads)?;
        drop(downloads);
        inventory::tell(&splits.train, splits.distinct().iter().map(|part| part.len()).sum(), lab);
        lab.watch(&splits.train);
        if !splits.test.shares_pixels_with(&splits.train) {
            lab.watch(&splits.test);
        }
        for file in splits.train.files().iter().chain(splits.test.files()) {
            lab.detail(format_args!("read {} (SHA-256 {})", file.path.display(), file.sha256));
        }
        Ok(splits)
    }
}

/// Where a run's data are to be looked for: the recipe's `[data]` table and the folders of data sets.
pub struct DataPlace {
    /// The table, with its path where the data lay in training if something still lies there.
    pub spec: DataSpec,
    /// The folders, with the one of training if none is given now.
    pub dirs: DataFolders,
}

impl DataPlace {
    /// Of a training that begins: as the user gives them.
    pub fn new(spec: &DataSpec, dirs: &DataFolders) -> Self {
        Self { spec: spec.clone(), dirs: dirs.clone() }
    }

    /// Of `run`, trained on `spec`. A run without a hint, or one that is of another machine, is as if it were given
    /// to `train` now.
    pub fn of_run(run: &RunDir, spec: &DataSpec, dirs: &DataFolders) -> Self {
        let mut place = Self::new(spec, dirs);
        let Ok(DataHint { path, data_dir }) = run.read() else { return place };
        let is_there = |path: &PathBuf| data::is_there(path);
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
    pub fn open(&self, way_out: &str, lab: &Lab) -> Result<Splits, Error> {
        match self.spec.path.as_deref().filter(|path| !data::is_there(path)) {
            Some(path) if data::is_in_memory(path) => {
                let path = path.display();
                let refusal = Error::refused(format!(
                    "{path}: these arrays lay in the memory of a process that has ended, or has let them go"
                ));
                Err(refusal.hint(format!(
                    "in Python, latentlab.Data(…) of the same arrays puts them back; {way_out}"
                )))
            }
            Some(path) => {
                let refusal = Error::refused(format!("{}: cannot open: it does not exist", path.display()));
                Err(refusal.hint(way_out))
            }
            None => self.dirs.open(&self.spec, lab),
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
