//! Where a run's data lay: true of one machine, and so kept apart from the manifest.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::files::{DATA_HINT, File};

/// Where the data lay when the run was trained, as absolute paths. A run works without it, and on another machine it
/// may be wrong: what is found there is data like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataHint {
    /// The file or folder of the images, for a set that is a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The folder of data sets that was looked in first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
}

impl DataHint {
    /// The hint for a recipe's `path` and the folder of data sets, both as the user gave them, now; `None` if neither
    /// is there or a path is no text that JSON can hold. Of a path whose last part names several files, its folder is there.
    pub fn now(path: Option<&Path>, data_dir: Option<&Path>) -> Option<Self> {
        let several = |path: &Path| {
            let name = path.file_name().filter(|name| name.to_string_lossy().contains('{'))?;
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(folder.canonicalize().ok()?.join(name))
        };
        let there = |path: &Path| {
            let found = path.canonicalize().ok().or_else(|| several(path));
            found.filter(|path| path.to_str().is_some())
        };
        let hint = Self { path: path.and_then(there), data_dir: data_dir.and_then(there) };
        (hint != Self::default()).then_some(hint)
    }
}

impl Document for DataHint {
    const FILE: File = DATA_HINT;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_is_there_as_absolute_paths() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        let hint = DataHint::now(Some(folder.path()), Some(&folder.path().join("absent")));
        assert_eq!(hint, Some(DataHint { path: Some(real), data_dir: None }));
        assert_eq!(DataHint::now(None, None), None);
        assert_eq!(DataHint::now(Some(Path::new("absent")), None), None);
    }
}
