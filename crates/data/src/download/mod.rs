//! Fetching one published file: try each mirror, verify, then let it appear under its name at once.

pub(crate) mod bounds;
pub(crate) mod event;
mod failure;
mod partial_file;
mod receive;
mod verification;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;

use self::bounds::Bounds;
use self::event::{Event, Events};
use self::failure::Failure;
use self::partial_file::PartialFile;
use self::receive::receive;
use crate::catalogue::PublishedFile;
use crate::error::DataError;
use crate::error::missing_set::Attempt;

/// Downloads `file` into `folder` (made if need be) from the first of `addresses` that delivers it.
///
/// # Errors
/// Outer: the disk refused. Inner: no mirror delivered; one attempt for each.
pub(crate) fn fetch(
    file: &PublishedFile,
    addresses: &[String],
    folder: &Path,
    bounds: &Bounds,
    events: &mut Events<'_>,
) -> Result<Result<PathBuf, Vec<Attempt>>, DataError> {
    fs::create_dir_all(folder).map_err(DataError::io(folder, "create the folder"))?;
    partial_file::remove_leftovers(folder);
    let mut attempts = Vec::new();
    for url in addresses {
        match fetch_from(url, file, folder, bounds, events) {
            Ok(path) => return Ok(Ok(path)),
            Err(Failure::Disk(error)) => return Err(error),
            Err(Failure::Mirror(reason) | Failure::Transient { reason, .. }) => {
                events(Event::MirrorFailed { url, reason: &reason });
                attempts.push(Attempt { url: url.clone(), reason });
            }
        }
    }
    Ok(Err(attempts))
}

/// Tries one mirror, again and again while what is wrong may pass.
fn fetch_from(
    url: &str,
    file: &PublishedFile,
    folder: &Path,
    bounds: &Bounds,
    events: &mut Events<'_>,
) -> Result<PathBuf, Failure> {
    let name = format!("{}.gz", file.name);
    let mut partial = PartialFile::create(folder, &name)?;
    let mut pause = bounds.pause;
    let mut tries = 1;
    loop {
        let tried = receive(url, &mut partial, bounds, events).and_then(|()| partial.verify(file));
        let (reason, after) = match tried {
            Ok(()) => break,
            Err(Failure::Transient { reason, after }) => (reason, after),
            Err(failure) => return Err(failure),
        };
        if tries == bounds.tries {
            return Err(Failure::Mirror(format!("{reason}; given up after {tries} tries")));
        }
        let wait = after.unwrap_or(pause);
        if wait > bounds.longest_pause {
            return Err(Failure::Mirror(format!("{reason}; asks for a pause of {} seconds", wait.as_secs())));
        }
        events(Event::Retrying { url, reason: &reason, pause: wait });
        thread::sleep(wait);
        pause = (2 * pause).min(bounds.longest_pause);
        tries += 1;
    }
    let target = partial.persist()?;
    #[cfg(unix)] // makes the new name itself durable
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| Failure::Disk(DataError::io(&target, "sync the folder of")(error)))?;
    Ok(target)
}

#[cfg(test)]
mod tests;
