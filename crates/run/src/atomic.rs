//! Writing a file so that at every instant either the old or the new content is there, whole.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};

const TEMPORARY_PREFIX: &str = ".latentlab-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Puts `bytes` into the file `path`, replacing what is there.
///
/// The bytes go to a temporary file beside the target, that file is synchronised with the disk and renamed
/// over the target, and the folder is synchronised. So a crash, a full disk or a failed write leaves the
/// old content; nobody ever reads half a file. The folder must exist.
///
/// # Errors
/// [`Error::Io`] with the target's path; the target is then unchanged and no temporary file remains.
pub fn atomic_write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    replace(path, |file| file.write_all(bytes)).map_err(Error::io("write", path))
}

/// As [`atomic_write`], with the content written by `write`.
fn replace(path: &Path, write: impl FnOnce(&mut std::fs::File) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    #[cfg(unix)]
    {
        // As for any new file: others may read it if the umask lets them.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    write(temporary.as_file_mut())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

/// Makes renames and removals in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file; the rename itself is still atomic.
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether `name` is that of a temporary file that a killed process left behind.
pub(crate) fn is_leftover(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn writes_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for content in ["old", "new and longer", ""] {
            atomic_write(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_fails_half_way_leaves_the_old_content_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        atomic_write(&path, b"old").unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn errors_name_the_target_and_leave_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let below = file.join("a.json");
        let message = atomic_write(&below, b"x").unwrap_err().to_string();
        assert!(message.starts_with(&format!("{}: cannot write: ", below.display())), "{message}");

        let taken = folder.path().join("folder");
        fs::create_dir_all(taken.join("inside")).unwrap();
        assert!(atomic_write(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

        let absent = folder.path().join("absent/a.json");
        assert!(atomic_write(absent, b"x").unwrap_err().is_not_found());
    }

    #[test]
    fn temporary_files_are_recognised() {
        assert!(is_leftover(OsStr::new(".latentlab-x7Gh2a.tmp")));
        assert!(!is_leftover(OsStr::new("weights.tmp")));
    }

    #[cfg(unix)]
    #[test]
    fn a_written_file_has_the_permissions_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        fs::write(folder.path().join("plain"), "").unwrap();
        atomic_write(folder.path().join("atomic"), b"").unwrap();
        assert_eq!(mode(&folder.path().join("plain")), mode(&folder.path().join("atomic")));
    }
}
