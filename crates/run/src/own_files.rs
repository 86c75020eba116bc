//! What in a folder is of its run, by name, and the removal of that alone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::atomic::is_leftover;
use crate::error::{Error, Result};
use crate::files::{CLAIM, FILES, LOCK, MANIFEST};
use crate::slot::FOLDERS;

pub(crate) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const FIGURES: &str = "figures";

/// Everything below `root` that is there and goes by a name in [`FILES`], with what a killed process left of such a file.
pub(crate) fn own_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in own_folders().chain([String::new()]) {
        let full = root.join(&folder);
        // Not through a link: what it leads to is not ours.
        if !fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir()) {
            continue;
        }
        for entry in fs::read_dir(&full).map_err(Error::io("list", &full))? {
            let name = entry.map_err(Error::io("list", &full))?.file_name();
            let text = name.to_string_lossy();
            let path = if folder.is_empty() { text.into_owned() } else { format!("{folder}/{text}") };
            if FILES.iter().any(|file| file.matches(&path)) || is_leftover(&name) {
                files.push(full.join(&name));
            }
        }
    }
    Ok(files)
}

/// Removes these files except the manifest and what locks the run, and the folders that are empty then.
pub(crate) fn remove_own_files(root: &Path) -> Result<()> {
    let spared = [MANIFEST, LOCK, CLAIM].map(|file| root.join(file.path));
    for path in own_files(root)?.into_iter().filter(|path| !spared.contains(path)) {
        fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    }
    for folder in own_folders() {
        let _ = fs::remove_dir(root.join(folder)); // stays if something else is in it, as does what is a link
    }
    Ok(())
}

/// Folders of a run, the inner ones first.
fn own_folders() -> impl Iterator<Item = String> {
    let slots = FOLDERS.iter().flatten().map(|name| format!("{CHECKPOINTS}/{name}"));
    slots.chain([CHECKPOINTS.into(), FIGURES.into()])
}
