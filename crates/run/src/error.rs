//! What can go wrong with a run directory, with the values a reader needs to act on it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run directory could not be written or read.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: cannot {action}: {}", path.display(), plainly(error))]
    Io {
        /// What was attempted, as a verb: `write`, `read`, `create the folder`.
        action: &'static str,
        /// The file or folder concerned.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },

    /// A new run was asked for in a folder that holds a run already.
    #[error("{}: holds a run already; name another folder, or allow it to be overwritten", path.display())]
    HoldsRun {
        /// The folder.
        path: PathBuf,
    },

    /// A new run was asked for in a folder that holds something else; that is never overwritten.
    #[error(
        "{}: holds {entry:?} and perhaps more, but no run (no {manifest}); a new run needs a new or empty folder",
        path.display(),
        manifest = crate::files::MANIFEST.path
    )]
    HoldsOther {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        entry: String,
    },

    /// Another process writes the run.
    #[error("{}: another process is working on this run: {holder}", path.display())]
    Locked {
        /// The run.
        path: PathBuf,
        /// What the other process says of itself.
        holder: String,
    },

    /// Another process has claimed the run, on a file system without locks.
    #[error(
        "another process has claimed this run, on a file system without locks: {holder}; if it no longer runs, remove {}",
        path.display()
    )]
    Claimed {
        /// The file that claims it.
        path: PathBuf,
        /// What the other process says of itself.
        holder: String,
    },

    /// Something was opened as a run that is not one.
    #[error("{}: is not a run: {reason}", path.display())]
    NotARun {
        /// What was opened.
        path: PathBuf,
        /// What is missing and was expected.
        reason: String,
    },

    /// A file was written in a version of its format that this program does not know.
    #[error(
        "{}: has schema {found}, this program reads schema {known}; {}",
        path.display(),
        if found > known { "a newer latentlab wrote it" } else { "no latentlab ever wrote that" }
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u64,
        /// The version that this program reads and writes.
        known: u64,
    },

    /// A file is not what its name says.
    #[error("{}: line {line}, column {column}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
        /// What was expected there.
        reason: String,
    },

    /// A file is larger than anything this program writes under its name.
    #[error("{}: has {bytes} bytes or more, but no latentlab writes more than {limit} under this name", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size (at least).
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },

    /// A file's content is not what was written.
    #[error("{}: is damaged: expected SHA-256 {expected}, found {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The hash recorded when it was written.
        expected: String,
        /// The hash of what is there now.
        found: String,
    },

    /// No copy of a checkpoint can be used.
    #[error("{}: no usable checkpoint{}", path.display(), reasons(tried))]
    NoCheckpoint {
        /// The folder that should hold it.
        path: PathBuf,
        /// Why each copy that is there was passed over; empty if none is there.
        tried: Vec<Error>,
    },

    /// A name that cannot be a file name in a run.
    #[error("{name:?}: is not a name for a {what}: 1 to 64 of a–z, 0–9, '-' and '_' are allowed")]
    Name {
        /// What was to be named.
        what: &'static str,
        /// The name received.
        name: String,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { action, path: path.to_owned(), error }
    }

    pub(crate) fn malformed(path: &Path, first_line: usize, error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
        Self::Malformed {
            path: path.to_owned(),
            line: first_line + error.line().saturating_sub(1),
            column: error.column(),
            reason: reason.to_owned(),
        }
    }

    /// Whether the operating system said that the file or folder does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }
}

/// `fn main() -> Result<(), Box<dyn std::error::Error>>` prints errors by `Debug`: it gets the sentence too.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What happened in words, then what the operating system calls it.
fn plainly(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::QuotaExceeded => "your disk quota is used up",
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::NotFound => "it does not exist",
        io::ErrorKind::AlreadyExists => "something of that name is in the way",
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        io::ErrorKind::IsADirectory => return "it is a folder, not a file".to_owned(),
        _ => return error.to_string(),
    };
    format!("{words} ({error})")
}

fn reasons(tried: &[Error]) -> String {
    tried.iter().map(|error| format!("; {error}")).collect()
}

#[cfg(test)]
mod messages;
