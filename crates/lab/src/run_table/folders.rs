//! Where runs are below a folder: not through links, and not without end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::numbers::count;

/// Folders below each other that are looked into: `studies/NAME/runs/RUN` are four.
const DEEPEST: usize = 8;
/// Folders that are looked into: a home folder has fewer.
const MOST_FOLDERS: usize = 200_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct RunFolders {
    /// Folders with a manifest, in the order of their names.
    pub runs: Vec<PathBuf>,
    /// What was not looked into, and why.
    pub notes: Vec<String>,
}

impl RunFolders {
    /// Every run in `folder`, or the one that it is. Links in it are left alone, as are folders whose names begin with a
    /// dot.
    pub fn below(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            let what = if folder.exists() { "is a file, not a folder" } else { "there is no such folder" };
            return Err(Error::refused(format!("{}: {what}", folder.display()))
                .hint("`latentlab train` makes runs/…; another folder: latentlab runs FOLDER"));
        }
        let mut found = Self::default();
        let (mut links, mut deep, mut seen) = (0, 0, 0);
        let mut waiting = vec![(folder.to_path_buf(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            if run::RunDir::has_manifest(&folder) {
                found.runs.push(folder);
                continue;
            }
            seen += 1;
            if depth == DEEPEST || seen > MOST_FOLDERS {
                deep += 1;
                continue;
            }
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries.flatten(),
                Err(error) => {
                    found.notes.push(format!("{}: cannot list: {error}", folder.display()));
                    continue;
                }
            };
            for entry in entries {
                let Ok(kind) = entry.file_type() else { continue };
                let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if kind.is_symlink() && entry.path().is_dir() {
                    links += 1;
                } else if kind.is_dir() && !is_hidden {
                    waiting.push((entry.path(), depth + 1));
                }
            }
        }
        found.runs.sort();
        let shown = folder.display();
        if links > 0 {
            found.notes.push(format!("{shown}: {} to other folders not followed", count(links, "link")));
        }
        if deep > 0 {
            found.notes.push(format!(
                "{shown}: {} not looked into: more than {DEEPEST} below each other, or {MOST_FOLDERS} in all",
                count(deep, "folder")
            ));
        }
        Ok(found)
    }
}
