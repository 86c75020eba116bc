//! A file on its way: beside its place under a hidden name, gone if it does not arrive.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::failure::Failure;
use super::verification::verify;
use crate::catalogue::PublishedFile;
use crate::error::DataError;

const SUFFIX: &str = ".partial";
/// A download that wrote nothing for so long belongs to no process that lives.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// A file of which some part may be there. Removed when it is dropped.
pub(super) struct PartialFile {
    file: NamedTempFile,
    /// Where it is to appear.
    target: PathBuf,
    /// Bytes that are there.
    pub length: u64,
    /// What the server calls the version that they are of.
    pub version: Option<String>,
    /// Whether they came in more than one answer.
    is_pieced: bool,
}

impl PartialFile {
    pub fn create(folder: &Path, name: &str) -> Result<Self, Failure> {
        let target = folder.join(name);
        let file = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .suffix(SUFFIX)
            .make_in(folder, |path| File::options().read(true).write(true).create_new(true).open(path))
            .map_err(|error| Failure::Disk(DataError::io(&target, "create")(error)))?;
        Ok(Self { file, target, length: 0, version: None, is_pieced: false })
    }

    /// Name of the file.
    pub fn name(&self) -> String {
        self.target.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Forgets what is there.
    pub fn restart(&mut self) -> Result<(), Failure> {
        (self.length, self.version, self.is_pieced) = (0, None, false);
        let emptied = self.file.as_file().set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|error| self.refused("write", error))
    }

    /// Says that what is added from here on is of another answer.
    pub fn goes_on(&mut self) {
        self.is_pieced = true;
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| self.refused("write", error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Whether it is the published file. Pieces that are not may be of two versions: worth another try as a whole.
    pub fn verify(&mut self, file: &PublishedFile) -> Result<(), Failure> {
        self.file.as_file().sync_all().map_err(|error| self.refused("write", error))?;
        match verify(self.file.path(), file) {
            Ok(()) => Ok(()),
            Err(reason) if self.is_pieced => {
                self.restart()?;
                Err(Failure::passing(reason))
            }
            Err(reason) => Err(Failure::Mirror(reason)),
        }
    }

    /// Lets it appear in its place.
    pub fn persist(self) -> Result<PathBuf, Failure> {
        let Self { file, target, .. } = self;
        match file.persist(&target) {
            Ok(_) => Ok(target),
            Err(failed) => Err(Failure::Disk(DataError::io(&target, "rename to")(failed.error))),
        }
    }

    fn refused(&self, action: &'static str, error: io::Error) -> Failure {
        Failure::Disk(DataError::io(&self.target, action)(error))
    }
}

/// Removes what downloads left in `folder` that were killed long ago.
pub(super) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
        if name.starts_with('.') && name.ends_with(SUFFIX) && age.is_some_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path()); // it is in nobody's way
        }
    }
}
