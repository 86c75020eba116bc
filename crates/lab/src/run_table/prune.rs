//! Runs that may be removed, and their removal.

use std::fs;
use std::path::{Path, PathBuf};

use run::{RunDir, RunLock};

use super::RunTable;
use super::row::{RunRow, RunState};
use crate::error::Error;
use crate::tensorboard;

/// A run that may be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prunable {
    /// Its folder.
    pub folder: PathBuf,
    /// How it stands.
    pub state: RunState,
    /// What its files take, in bytes.
    pub bytes: u64,
}

/// Runs that may be removed, and those that are left alone.
#[derive(Clone, Debug, Default)]
pub struct PruneList {
    /// To be removed.
    pub runs: Vec<Prunable>,
    /// Left alone: the folder, and why.
    pub left: Vec<(PathBuf, String)>,
}

impl PruneList {
    /// Of the runs in `table`: not those that a process works on, not what cannot be read as a run, nothing through a link.
    pub fn new(table: &RunTable) -> Self {
        let mut list = Self::default();
        for row in &table.rows {
            match prunable(row) {
                Ok(run) => list.runs.push(run),
                Err(why) => list.left.push((row.folder.clone(), why)),
            }
        }
        list
    }

    /// Bytes of all runs that may be removed.
    pub fn bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes).sum()
    }
}

fn prunable(row: &RunRow) -> Result<Prunable, String> {
    let RunRow { folder, state, .. } = row;
    if let Some(holder) = RunLock::holder(folder) {
        return Err(format!("is running: {holder}"));
    }
    if *state == RunState::Unreadable {
        return Err(row.problem.clone().unwrap_or_else(|| "cannot be read".into()));
    }
    if fs::symlink_metadata(folder).map_or(true, |found| found.is_symlink()) {
        return Err("is a link".into());
    }
    let bytes = RunDir::open(folder).and_then(|run| Ok(run.bytes()? + tensorboard::bytes(&run)));
    Ok(Prunable { folder: folder.clone(), state: *state, bytes: bytes.map_err(|error| error.to_string())? })
}

impl Prunable {
    /// Removes the run; what else is in its folder stays, and is named.
    ///
    /// # Errors
    /// If a process works on it by now, or the disk refuses.
    pub fn remove(&self) -> Result<Option<String>, Error> {
        let run = RunDir::open(&self.folder)?;
        let lock = RunLock::take(&self.folder)?;
        tensorboard::remove(&run)?;
        run.remove(lock)?;
        Ok(first_entry(&self.folder))
    }
}

fn first_entry(folder: &Path) -> Option<String> {
    let entry = fs::read_dir(folder).ok()?.flatten().next()?;
    Some(entry.file_name().to_string_lossy().into_owned())
}
