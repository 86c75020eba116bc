//! Whether what came is what was published.

use std::path::Path;

use crate::catalogue::{Checksum, PublishedFile};
use crate::error::DataError;
use crate::pixels::MemoryBudget;
use crate::{checksum, idx};

/// Whether a downloaded file has the published checksum and the structure of its kind.
pub(super) fn verify(path: &Path, file: &PublishedFile) -> Result<(), String> {
    let read = if file.name.contains("images") {
        idx::read_images(path, &MemoryBudget::unlimited()).map(|images| images.file)
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
