//! One process at a time writes a run.
//!
//! The lock is the operating system's, on a file in the run: it ends with the process that holds it, however that
//! ends, so no lock is ever left to be removed by hand. What the file says is only who to name. Where a file system has no
//! locks, processes that share out work claim a run by creating a file, which only one of them can; that one stays behind
//! a killed process, and says so.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::files::{CLAIM, LOCK};
use crate::manifest::now;
use crate::regular_file::{check_regular, open_regular};

/// The right to write a run; given back when it is dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    left_by: Option<String>,
    /// The file that was created in the place of a lock.
    claim: Option<PathBuf>,
}

/// More than any holder's name takes.
const LONGEST: u64 = 1 << 12;
/// How often a lock is asked for: whoever looks whether it is held has it for an instant.
const TRIES: usize = 5;

type TryLock = fn(&File) -> std::result::Result<(), TryLockError>;

impl RunLock {
    /// Takes the lock of the run in `folder`, which is made if it is not there. Some network drives have no locks: better to
    /// train there unlocked than not at all.
    ///
    /// # Errors
    /// [`Error::Locked`] if another process has it, with what that one says of itself; [`Error::Io`].
    pub fn take(folder: &Path) -> Result<Self> {
        let (lock, _) = Self::take_by(folder, File::try_lock)?;
        Ok(lock)
    }

    /// As [`take`](Self::take), for one of several processes that share out work: on a file system without locks the run
    /// is claimed by creating a file.
    ///
    /// # Errors
    /// As [`take`](Self::take); [`Error::Claimed`] if the file is there, with what the one who created it said of itself.
    pub fn claim(folder: &Path) -> Result<Self> {
        Self::claim_by(folder, File::try_lock)
    }

    /// The process that had the lock before and did not give it back: it was killed.
    pub fn left_by(&self) -> Option<&str> {
        self.left_by.as_deref()
    }

    /// The file that stands for the lock, on a file system that has none.
    pub fn claim_file(&self) -> Option<&Path> {
        self.claim.as_deref()
    }

    /// Who has the lock of the run in `folder` now, as he says of himself. Where there are no locks, a killed one counts.
    pub fn holder(folder: &Path) -> Option<String> {
        let claim = folder.join(CLAIM.path);
        if claim.exists() {
            return Some(name_in(&open_regular(&claim).ok()?));
        }
        let file = open_regular(&folder.join(LOCK.path)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(name_in(&file)),
            // Without locks, whoever is named may be at work.
            Err(TryLockError::Error(_)) => Some(read_name(&file)).filter(|name| !name.is_empty()),
            Ok(()) => None,
        }
    }

    /// The lock, and whether the file system has any.
    fn take_by(folder: &Path, try_lock: TryLock) -> Result<(Self, bool)> {
        fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        let path = folder.join(LOCK.path);
        check_regular(&path).map_err(Error::io("open", &path))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(Error::io("open", &path))?;
        let mut tries = 1..;
        let is_locked = loop {
            match try_lock(&file) {
                Ok(()) => break true,
                Err(TryLockError::WouldBlock) if tries.next() < Some(TRIES) => {
                    sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Locked { path: folder.to_owned(), holder: name_in(&file) });
                }
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => break false,
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            }
        };
        let holder = read_name(&file);
        let text = own_name();
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(Error::io("write", &path))?;
        Ok((Self { file, left_by: (!holder.is_empty()).then_some(holder), claim: None }, is_locked))
    }

    fn claim_by(folder: &Path, try_lock: TryLock) -> Result<Self> {
        let (mut lock, is_locked) = Self::take_by(folder, try_lock)?;
        if is_locked {
            return Ok(lock);
        }
        let path = folder.join(CLAIM.path);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                lock.claim = Some(path.clone());
                file.write_all(own_name().as_bytes()).map_err(Error::io("write", &path))?;
                Ok(lock)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let holder = open_regular(&path).map_or_else(|_| NAMELESS.to_owned(), |file| name_in(&file));
                Err(Error::Claimed { path, holder })
            }
            Err(error) => Err(Error::io("create", &path)(error)),
        }
    }
}

const NAMELESS: &str = "it does not say which";

/// This process, as others are told of it.
fn own_name() -> String {
    let name = gethostname::gethostname();
    format!("process {} on {}, since {}\n", std::process::id(), name.to_string_lossy(), now())
}

/// The process that a file names; empty where it names none. One that cannot be read is one that names none.
fn read_name(file: &File) -> String {
    let mut text = String::new();
    let _ = file.take(LONGEST).read_to_string(&mut text);
    printable(text.trim())
}

/// The process that a file names, in words.
fn name_in(file: &File) -> String {
    let name = read_name(file);
    if name.is_empty() { NAMELESS.to_owned() } else { name }
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
        if let Some(claim) = &self.claim {
            let _ = fs::remove_file(claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/run");
        assert_eq!(RunLock::holder(&path), None);
        let first = RunLock::take(&path).unwrap();
        assert_eq!(first.left_by(), None);
        let process = format!("process {} on ", std::process::id());
        for second in [RunLock::take(&path), RunLock::claim(&path)] {
            let error = second.unwrap_err().to_string();
            let told = format!("another process is working on this run: {process}");
            assert!(error.starts_with(&path.display().to_string()) && error.contains(&told), "{error}");
        }
        assert!(RunLock::holder(&path).unwrap().starts_with(&process));
        drop(first);
        assert_eq!(RunLock::holder(&path), None);
        assert_eq!(RunLock::claim(&path).unwrap().left_by(), None);
    }

    #[test]
    fn a_lock_whose_holder_was_killed_is_taken_and_its_holder_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK.path), "process 7 on far-away, since yesterday\n").unwrap();
        assert_eq!(RunLock::holder(folder.path()), None, "nobody has it now");
        let lock = RunLock::take(folder.path()).unwrap();
        assert_eq!(lock.left_by(), Some("process 7 on far-away, since yesterday"));
    }

    #[test]
    fn without_locks_a_run_is_claimed_by_creating_a_file() {
        let no_locks: TryLock = |_| Err(TryLockError::Error(ErrorKind::Unsupported.into()));
        let folder = tempfile::tempdir().unwrap();
        let claim = folder.path().join(CLAIM.path);
        let first = RunLock::claim_by(folder.path(), no_locks).unwrap();
        assert_eq!(first.claim_file(), Some(claim.as_path()));
        let error = RunLock::claim_by(folder.path(), no_locks).unwrap_err().to_string();
        let expected = format!("if it no longer runs, remove {}", claim.display());
        assert!(error.contains(&std::process::id().to_string()) && error.ends_with(&expected), "{error}");
        assert!(RunLock::holder(folder.path()).is_some());
        // A single training works there without.
        assert!(RunLock::take_by(folder.path(), no_locks).is_ok_and(|(lock, _)| lock.claim_file().is_none()));
        drop(first);
        assert!(!claim.exists());
        drop(RunLock::claim_by(folder.path(), no_locks).unwrap());
        // One that a killed process left stays until it is removed.
        fs::write(&claim, "process 7 on far-away, since yesterday\n").unwrap();
        let error = RunLock::claim_by(folder.path(), no_locks).unwrap_err().to_string();
        assert!(error.contains("process 7 on far-away"), "{error}");
    }
}
