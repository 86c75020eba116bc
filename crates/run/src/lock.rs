//! One process at a time writes a run.
//!
//! The lock is the operating system's, on a file in the run: it ends with the process that holds it, however that
//! ends, so no lock is ever left to be removed by hand. What the file says is only who to name.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::LOCK;
use crate::manifest::now;
use crate::regular_file::check_regular;

/// The right to write a run; given back when it is dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    left_by: Option<String>,
}

/// More than any holder's name takes.
const LONGEST: u64 = 1 << 12;

impl RunLock {
    /// Takes the lock of the run in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Locked`] if another process has it, with what that one says of itself; [`Error::Io`].
    pub fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        let path = folder.join(LOCK.path);
        check_regular(&path).map_err(Error::io("open", &path))?;
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(Error::io("open", &path))?;
        let mut holder = String::new();
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            // Some network drives have no locks: better to train there unlocked than not at all.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => true,
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        };
        // A holder that cannot be read is one that does not name itself.
        let _ = (&file).take(LONGEST).read_to_string(&mut holder);
        let holder = printable(holder.trim());
        if !locked {
            let holder = if holder.is_empty() { "it does not say which".into() } else { holder };
            return Err(Error::Locked { path: folder.to_owned(), holder });
        }
        let name = gethostname::gethostname();
        let process = std::process::id();
        let text = format!("process {process} on {}, since {}\n", name.to_string_lossy(), now());
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(Error::io("write", &path))?;
        Ok(Self { file, left_by: (!holder.is_empty()).then_some(holder) })
    }

    /// The process that had the lock before and did not give it back: it was killed.
    pub fn left_by(&self) -> Option<&str> {
        self.left_by.as_deref()
    }
}

/// The text without what would move a terminal's cursor or turn its writing around: anybody may have written it.
fn printable(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Whatever fails here, the lock itself ends with the file.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/run");
        let first = RunLock::take(&path).unwrap();
        assert_eq!(first.left_by(), None);
        let error = RunLock::take(&path).unwrap_err().to_string();
        let process = format!("another process is working on this run: process {} on ", std::process::id());
        assert!(error.starts_with(&path.display().to_string()) && error.contains(&process), "{error}");
        drop(first);
        assert_eq!(RunLock::take(&path).unwrap().left_by(), None);
    }

    #[test]
    fn a_lock_whose_holder_was_killed_is_taken_and_its_holder_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK.path), "process 7 on far-away, since yesterday\n").unwrap();
        let lock = RunLock::take(folder.path()).unwrap();
        assert_eq!(lock.left_by(), Some("process 7 on far-away, since yesterday"));
    }
}
