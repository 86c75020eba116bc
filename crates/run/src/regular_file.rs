//! Opening files that are files: a pipe or a device under a file's name would keep a reader waiting for ever.

use std::fs::{self, File, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Opens the file at `path` to read it; not a folder, a pipe or a device.
///
/// # Errors
/// The system's, or one that says what is there instead of a file.
pub fn open_regular(path: &Path) -> Result<File> {
    check(&fs::metadata(path)?)?;
    File::open(path)
}

/// Looks whether there is a file at `path`, or nothing yet.
pub(crate) fn check_regular(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        found => check(&found?),
    }
}

fn check(found: &Metadata) -> Result<()> {
    if found.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a folder, not a file"));
    }
    match found.is_file() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::InvalidInput, "it is a pipe or a device, not a file")),
    }
}
