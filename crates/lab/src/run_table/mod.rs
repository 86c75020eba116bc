//! Runs as rows of one table: recipe, settings, losses, metrics, state and time of each, to sort, filter and draw; and the
//! removal of those that are no longer wanted.
//!
//! Only the small files of a run are read, never its weights: thousands take a second or two.

mod columns;
mod filter;
mod folders;
mod page;
mod prune;
mod row;
mod value;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use analysis::METRICS;
use network::Term;
use rayon::prelude::*;

use self::folders::RunFolders;
use crate::error::Error;

pub use self::columns::{Column, Columns};
pub use self::filter::Filter;
pub use self::page::page;
pub use self::prune::{Prunable, PruneList};
pub(crate) use self::row::settings;
pub use self::row::{RUN_KEYS, RunRow, RunState};
pub use self::value::Value;

/// Runs as rows.
#[derive(Clone, Debug, Default)]
pub struct RunTable {
    /// The runs.
    pub rows: Vec<RunRow>,
    /// What was not looked into, and why.
    pub notes: Vec<String>,
}

/// By what rows are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    key: String,
    is_descending: bool,
}

impl Default for Sort {
    /// The newest first.
    fn default() -> Self {
        Self { key: "created".into(), is_descending: true }
    }
}

impl FromStr for Sort {
    type Err = String;

    /// A key; with `-` before it from the largest down.
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, is_descending) = text.strip_prefix('-').map_or((text, false), |key| (key, true));
        if key.is_empty() {
            return Err("must be a key, or - and a key".into());
        }
        Ok(Self { key: key.to_owned(), is_descending })
    }
}

impl RunTable {
    /// Every run below `folders`, the newest first. What cannot be read is a row that says why.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// let table = lab::run_table::RunTable::read(&[folder.path().into()])?;
    /// assert!(table.rows.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn read(folders: &[PathBuf]) -> Result<Self, Error> {
        let (mut runs, mut notes) = (BTreeSet::new(), Vec::new());
        for folder in folders {
            let found = RunFolders::below(folder)?;
            runs.extend(found.runs);
            notes.extend(found.notes);
        }
        let runs: Vec<PathBuf> = runs.into_iter().collect();
        let mut table = Self { rows: runs.par_iter().map(|folder| RunRow::of(folder)).collect(), notes };
        table.sort(&Sort::default())?;
        Ok(table)
    }

    /// Orders the rows; those that have no such key come last.
    ///
    /// # Errors
    /// If no run has such a key.
    pub fn sort(&mut self, sort: &Sort) -> Result<(), Error> {
        let key = self.key(&sort.key)?;
        self.rows.sort_by(|a, b| match (a.get(&key), b.get(&key)) {
            (Some(a), Some(b)) if sort.is_descending => b.order(a),
            (Some(a), Some(b)) => a.order(b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
        Ok(())
    }

    /// Leaves the runs that all `filters` admit.
    ///
    /// # Errors
    /// If no run has such a key.
    pub fn filter(&mut self, filters: &[Filter]) -> Result<(), Error> {
        let resolved = filters.iter().map(|filter| {
            let mut filter = filter.clone();
            filter.key = self.key(&filter.key)?;
            Ok(filter)
        });
        let filters: Vec<Filter> = resolved.collect::<Result<_, Error>>()?;
        self.rows.retain(|row| filters.iter().all(|filter| filter.admits(row)));
        Ok(())
    }

    /// The key that is meant by `name`: itself, or the only one that ends in it (`learning_rate` for
    /// `optimizer.learning_rate`).
    ///
    /// # Errors
    /// If there is none, or there are several.
    pub fn key(&self, name: &str) -> Result<String, Error> {
        let known: BTreeSet<&str> = self.rows.iter().flat_map(RunRow::keys).collect();
        let metrics =
            METRICS.iter().map(|metric| metric.name).chain(Term::ALL.iter().map(|term| term.name()));
        if known.contains(name)
            || RUN_KEYS.iter().map(|(key, _)| *key).chain(metrics).any(|key| key == name)
            || self.rows.is_empty()
        {
            return Ok(name.to_owned());
        }
        let ending = format!(".{name}");
        let meant: Vec<&str> = known.iter().copied().filter(|key| key.ends_with(&ending)).collect();
        if let [one] = meant.as_slice() {
            return Ok((*one).to_owned());
        }
        let near = |key: &&str| !name.is_empty() && key.contains(name);
        let near: Vec<&str> = if meant.is_empty() { known.into_iter().filter(near).collect() } else { meant };
        let listed = near.iter().take(6).copied().collect::<Vec<_>>().join(", ");
        let hint = match listed.as_str() {
            "" => format!(
                "keys are those of recipes (`latentlab recipes --keys`), names of metrics, and {}",
                RUN_KEYS.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ")
            ),
            listed => format!("did you mean one of {listed}?"),
        };
        Err(Error::refused(format!("`{name}`: no run has such a key")).hint(hint))
    }
}
