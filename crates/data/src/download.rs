//! Fetching one published file: try each mirror, verify, then let it appear under its name at once.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::catalogue::{Checksum, PublishedFile};
use crate::pixels::Holding;
use crate::{DataError, checksum, idx};

/// Far more than any published file; a mirror that sends more is not sending what was asked for.
const MOST_BYTES: u64 = 1 << 28;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Something worth telling while a set is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Bytes of a download arrived. The first event of a file has `received` = 0, its last
    /// `received` = `total` where the total is known.
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

enum Failure {
    /// This mirror is of no use; another may be.
    Mirror(String),
    /// Our own disk is the problem; no mirror will help.
    Disk(DataError),
}

/// Downloads `file` into `folder` (made if need be) from the first of `addresses` that delivers it.
///
/// # Errors
/// Outer: the disk refused. Inner: no mirror delivered; one attempt for each.
pub(crate) fn fetch(
    file: &PublishedFile,
    addresses: &[String],
    folder: &Path,
    events: &mut Events<'_>,
) -> Result<Result<PathBuf, Vec<Attempt>>, DataError> {
    fs::create_dir_all(folder).map_err(DataError::io(folder, "create the folder"))?;
    let mut attempts = Vec::new();
    for url in addresses {
        match fetch_from(url, file, folder, events) {
            Ok(path) => return Ok(Ok(path)),
            Err(Failure::Disk(error)) => return Err(error),
            Err(Failure::Mirror(reason)) => {
                events(Event::MirrorFailed { url, reason: &reason });
                attempts.push(Attempt { url: url.clone(), reason });
            }
        }
    }
    Ok(Err(attempts))
}

fn fetch_from(
    url: &str,
    file: &PublishedFile,
    folder: &Path,
    events: &mut Events<'_>,
) -> Result<PathBuf, Failure> {
    let name = format!("{}.gz", file.name);
    let target = folder.join(&name);
    let disk = |action| {
        let target = &target;
        move |error| Failure::Disk(DataError::io(target, action)(error))
    };
    // Removed when dropped, so a failure leaves nothing behind.
    let mut partial = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".partial")
        .make_in(folder, |path| File::options().read(true).write(true).create_new(true).open(path))
        .map_err(disk("create"))?;
    receive(url, &name, &mut partial, &disk("write"), events)?;
    partial.as_file().sync_all().map_err(disk("write"))?;
    verify(partial.path(), file).map_err(Failure::Mirror)?;
    partial.persist(&target).map_err(|failed| disk("rename to")(failed.error))?;
    #[cfg(unix)] // makes the new name itself durable
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("sync the folder of"))?;
    Ok(target)
}

fn receive(
    url: &str,
    name: &str,
    partial: &mut NamedTempFile,
    disk: &impl Fn(std::io::Error) -> Failure,
    events: &mut Events<'_>,
) -> Result<(), Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(READ_TIMEOUT))
        .timeout_per_read(Some(READ_TIMEOUT))
        .user_agent(concat!("latentlab/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let response = agent.get(url).call().map_err(|error| Failure::Mirror(error.to_string()))?;
    let total = response.body().content_length();
    if let Some(total) = total.filter(|total| *total > MOST_BYTES) {
        return Err(Failure::Mirror(format!("offers {total} bytes, more than any published file has")));
    }
    let mut reader = response.into_body().into_reader().take(MOST_BYTES + 1);
    let (mut buffer, mut received) = (vec![0; 1 << 16], 0);
    events(Event::Downloading { file: name, url, received, total });
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(|error| Failure::Mirror(format!("after {received} bytes: {error}")))?;
        if count == 0 {
            break;
        }
        partial.write_all(&buffer[..count]).map_err(disk)?;
        received += count as u64;
        events(Event::Downloading { file: name, url, received, total });
    }
    match total {
        _ if received > MOST_BYTES => Err(Failure::Mirror(format!("sent more than {MOST_BYTES} bytes"))),
        Some(total) if total != received => {
            Err(Failure::Mirror(format!("ended after {received} of {total} bytes")))
        }
        _ => Ok(()),
    }
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
