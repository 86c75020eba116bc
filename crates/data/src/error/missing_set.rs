//! A published set that is not there.

use std::fmt;
use std::path::PathBuf;

use crate::environment::DATA_VARIABLE;

/// A published set that is nowhere on disk and did not come by download: all that is needed to place it by
/// hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct MissingSet {
    /// The set's name.
    pub set: &'static str,
    /// Folders that were looked in.
    pub folders: Vec<PathBuf>,
    /// Downloads that failed; empty where none was allowed.
    pub attempts: Vec<Attempt>,
    /// Addresses of the four files at the first mirror.
    pub urls: Vec<String>,
    /// Where to put them.
    pub place: Option<PathBuf>,
}

impl fmt::Display for MissingSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.attempts.is_empty() { "downloading is off" } else { "downloading it failed" };
        writeln!(f, "{} is not on this machine, and {how}.", self.set)?;
        writeln!(f, "Looked in:")?;
        self.folders.iter().try_for_each(|folder| writeln!(f, "  {}", folder.display()))?;
        if !self.attempts.is_empty() {
            writeln!(f, "Tried:")?;
        }
        self.attempts.iter().try_for_each(|Attempt { url, reason }| writeln!(f, "  {url}: {reason}"))?;
        writeln!(f, "To place the files by hand, fetch")?;
        self.urls.iter().try_for_each(|url| writeln!(f, "  {url}"))?;
        match &self.place {
            Some(folder) => writeln!(f, "into {} (gzipped or not),", folder.display())?,
            None => writeln!(f, "into a folder {}/ (gzipped or not),", self.set)?,
        }
        write!(f, "or name the folder that has them with --data-dir or {}.", DATA_VARIABLE)
    }
}

/// One address that did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where from.
    pub url: String,
    /// Why not.
    pub reason: String,
}
