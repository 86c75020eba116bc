//! Fetching one published file: try each mirror, verify, then let it appear under its name at once.

mod partial;
mod receive;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use partial::Partial;
use receive::receive;

use crate::catalogue::{Checksum, PublishedFile};
use crate::error::DataError;
use crate::pixels::Holding;
use crate::{checksum, idx};

/// What a download may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Until a server is reached.
    pub connect: Duration,
    /// Until it says something, or something more.
    pub silence: Duration,
    /// For one try from its beginning to its end.
    pub whole: Duration,
    /// Tries at one mirror.
    pub tries: u32,
    /// Before the second try; twice as long before each one after it.
    pub pause: Duration,
    /// The longest pause, also where the server asks for one.
    pub longest_pause: Duration,
    /// Far more than any published file has; a mirror that sends more is not sending what was asked for.
    pub most_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_secs(3600),
            tries: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            most_bytes: 1 << 28,
        }
    }
}

/// Something worth telling while a set is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Bytes of a download arrived. The first event of a file has `received` = 0 (or where a download that broke off
    /// goes on), its last `received` = `total` where the total is known.
    Downloading {
        /// Name of the file, e.g. `train-images-idx3-ubyte.gz`.
        file: &'a str,
        /// Where from.
        url: &'a str,
        /// Bytes so far.
        received: u64,
        /// Bytes in all, if the server said.
        total: Option<u64>,
    },
    /// A mirror did not deliver, for what may be over soon; it is asked again.
    Retrying {
        /// Where from.
        url: &'a str,
        /// Why, in words.
        reason: &'a str,
        /// How long until then.
        pause: Duration,
    },
    /// A mirror failed; the next is tried.
    MirrorFailed {
        /// Where from.
        url: &'a str,
        /// Why, in words.
        reason: &'a str,
    },
    /// A file on disk is well formed, but not the published one. Worth a warning.
    Differs {
        /// The file.
        file: &'a Path,
        /// The set it was found for.
        set: &'a str,
    },
}

/// Receives [`Event`]s.
pub type Events<'a> = dyn FnMut(Event<'_>) + 'a;

/// One address that did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where from.
    pub url: String,
    /// Why not.
    pub reason: String,
}

/// Why a try came to nothing.
enum Failure {
    /// What may be over soon, and when the server says it will be.
    Passing { reason: String, after: Option<Duration> },
    /// This mirror is of no use; another may be.
    Mirror(String),
    /// Our own disk is the problem; no mirror will help.
    Disk(DataError),
}

impl Failure {
    fn passing(reason: impl Into<String>) -> Self {
        Self::Passing { reason: reason.into(), after: None }
    }
}

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
    partial::remove_leftovers(folder);
    let mut attempts = Vec::new();
    for url in addresses {
        match fetch_from(url, file, folder, bounds, events) {
            Ok(path) => return Ok(Ok(path)),
            Err(Failure::Disk(error)) => return Err(error),
            Err(Failure::Mirror(reason) | Failure::Passing { reason, .. }) => {
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
    let mut partial = Partial::create(folder, &name)?;
    let mut pause = bounds.pause;
    let mut tries = 1;
    loop {
        let tried = receive(url, &mut partial, bounds, events).and_then(|()| partial.verify(file));
        let (reason, after) = match tried {
            Ok(()) => break,
            Err(Failure::Passing { reason, after }) => (reason, after),
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

/// Whether a downloaded file has the published checksum and the structure of its kind.
fn verify(path: &Path, file: &PublishedFile) -> Result<(), String> {
    let read = if file.name.contains("images") {
        idx::read_images(path, &Holding::all_in_memory()).map(|images| images.file)
    } else {
        idx::read_labels(path).map(|labels| labels.file)
    };
    let record = read.map_err(|error| match error {
        // The name of the temporary file would only confuse.
        DataError::Idx { offset, problem, .. } => format!("at byte {offset} of the file sent: {problem}"),
        other => other.to_string(),
    })?;
    let (what, found, published) = match file.checksum {
        Checksum::Sha256(published) => ("SHA-256 of the decompressed file", record.sha256, published),
        Checksum::GzipMd5(published) => {
            let found = checksum::md5_of_file(path).map_err(|error| error.to_string())?;
            ("MD5 of the file", found, published)
        }
    };
    if found == published {
        return Ok(());
    }
    Err(format!("the {what} is {found}, not the published {published}"))
}

#[cfg(test)]
mod tests;
