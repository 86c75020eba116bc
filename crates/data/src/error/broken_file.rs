//! Image files that cannot be used.

use std::path::{Path, PathBuf};

/// An image file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub reason: String,
}

pub(super) fn image_files(count: usize) -> String {
    if count == 1 { "1 image file".into() } else { format!("{count} image files") }
}

/// A line for each file; of many, the first.
pub(super) fn list_of(files: &[BrokenFile], folder: &Path) -> String {
    const SHOWN: usize = 20;
    let name = |file: &Path| file.strip_prefix(folder).unwrap_or(file).display().to_string();
    let mut lines: String = files
        .iter()
        .take(SHOWN)
        .map(|broken| format!("\n  {}: {}", name(&broken.file), broken.reason))
        .collect();
    if files.len() > SHOWN {
        lines += &format!("\n  … and {} more", files.len() - SHOWN);
    }
    lines
}
