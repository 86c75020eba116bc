//! What is known of a file that was read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A file (or folder) that a set was read from, for a run's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it was read.
    pub path: PathBuf,
    /// Length of the decompressed bytes.
    pub bytes: u64,
    /// SHA-256 of the decompressed bytes, in hexadecimal. Of a folder of images: of the decoded pixels.
    pub sha256: String,
    /// How it compares with what was published.
    pub verification: Verification,
}

/// How a file compares with the published one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verification {
    /// Bit for bit the published file.
    Verified,
    /// Well formed, and no published checksum applies to it.
    Unknown,
    /// Well formed, but not the published file.
    Differs,
}
