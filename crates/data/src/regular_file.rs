//! Opening files that are files: a pipe or a device under a file's name would keep a reader waiting for ever.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::error::DataError;

/// Opens `path` to read it. Gives its length, too.
///
/// # Errors
/// [`DataError::Io`]; also for a folder, a pipe or a device.
pub(crate) fn open(path: &Path) -> Result<(File, u64), DataError> {
    let refuse = |kind, what: &str| Err(DataError::io(path, "open")(Error::new(kind, what)));
    let found = path.metadata().map_err(DataError::io(path, "open"))?;
    if found.is_dir() {
        return refuse(ErrorKind::IsADirectory, "it is a folder, not a file");
    }
    if !found.is_file() {
        return refuse(ErrorKind::InvalidInput, "it is a pipe or a device, not a file");
    }
    Ok((File::open(path).map_err(DataError::io(path, "open"))?, found.len()))
}
