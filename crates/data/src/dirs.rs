//! Where sets lie: on disk in the folder a person names, the one the environment names, the platform's cache;
//! and up to which size in memory.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::catalogue::{CATALOGUE, IDX_FILES, NamedSet, Origin};
use crate::environment::{DATA_VARIABLE, MIRROR_VARIABLE};
use crate::pixels::MemoryBudget;

/// The folders to look in, in this order, and how to download what is in none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataDirs {
    /// The folder given on the command line. It is also where downloads go, if given.
    pub explicit: Option<PathBuf>,
    /// The folder that the environment names.
    pub environment: Option<PathBuf>,
    /// The platform's cache folder of this program; downloads go there by default.
    pub cache: Option<PathBuf>,
    /// Mirrors to use instead of the published ones, each an address to which `/SET/FILE.gz` is appended.
    pub mirrors: Option<Vec<String>>,
    /// Never to download.
    pub offline: bool,
    /// The most bytes of pixels to hold in memory at a time; a set of more is read from disk image by image, with
    /// the same results. `None`: all sets are held in memory.
    pub memory: Option<u64>,
}

impl DataDirs {
    /// The folders of this process: `explicit`, [`DATA_VARIABLE`] and the platform's cache.
    pub fn from_environment(explicit: Option<PathBuf>) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            explicit,
            environment: variable(DATA_VARIABLE).map(PathBuf::from),
            cache: ProjectDirs::from("", "", "latentlab").map(|dirs| dirs.cache_dir().join("data")),
            mirrors: variable(MIRROR_VARIABLE).map(|value| vec![value.to_string_lossy().into_owned()]),
            offline: false,
            memory: None,
        }
    }

    /// Only this folder, and no downloads.
    pub fn only(folder: impl Into<PathBuf>) -> Self {
        Self { explicit: Some(folder.into()), offline: true, ..Self::default() }
    }

    /// How pixels are held. Files of decoded pixels are made in the cache, for the system's folder for temporary
    /// files is often in memory itself.
    pub(crate) fn memory_budget(&self) -> MemoryBudget {
        let folder = self.cache.clone().unwrap_or_else(std::env::temp_dir);
        MemoryBudget { most: self.memory.unwrap_or(u64::MAX), folder }
    }

    /// Folders in which the files of `set` may lie: `DIR/SET`, then `DIR` itself, for each folder.
    pub(crate) fn candidates(&self, set: &str) -> Vec<PathBuf> {
        let given = [&self.explicit, &self.environment, &self.cache];
        given.into_iter().flatten().flat_map(|folder| [folder.join(set), folder.clone()]).collect()
    }

    /// Where the files of `set` are downloaded to.
    pub(crate) fn download_folder(&self, set: &str) -> Option<PathBuf> {
        self.explicit.as_ref().or(self.cache.as_ref()).map(|folder| folder.join(set))
    }

    /// Addresses of one gzipped file, best first.
    pub(crate) fn addresses(&self, set: &str, published: &[&str], file: &str) -> Vec<String> {
        match &self.mirrors {
            Some(own) => {
                own.iter().map(|base| format!("{}/{set}/{file}.gz", base.trim_end_matches('/'))).collect()
            }
            None => published.iter().map(|base| format!("{base}{file}.gz")).collect(),
        }
    }
}

/// The file `name` in `folder`, plain or gzipped.
pub(crate) fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))].into_iter().find(|path| path.is_file())
}

/// The first candidate folder that holds all four files of `set`.
pub(crate) fn find_set(dirs: &DataDirs, set: &str) -> Option<[PathBuf; 4]> {
    dirs.candidates(set).iter().find_map(|folder| {
        let files: Vec<PathBuf> = IDX_FILES.iter().filter_map(|name| find_file(folder, name)).collect();
        files.try_into().ok()
    })
}

/// What is there of a named set.
#[derive(Debug)]
pub struct Presence {
    /// The set.
    pub set: &'static NamedSet,
    /// Its files with their sizes on disk; empty for a set that is drawn, and for one that is absent.
    pub files: Vec<(PathBuf, u64)>,
    /// Where it would be downloaded to, if it comes from files.
    pub download_to: Option<PathBuf>,
}

impl Presence {
    /// Whether the set can be opened without a download.
    pub fn is_ready(&self) -> bool {
        self.set.origin == Origin::Drawn || !self.files.is_empty()
    }
}

/// Looks for every named set, reading no file.
pub fn presence(dirs: &DataDirs) -> Vec<Presence> {
    let look = |set: &'static NamedSet| {
        let published = set.origin != Origin::Drawn;
        let found = published.then(|| find_set(dirs, set.name)).flatten();
        let size = |path: PathBuf| {
            let bytes = path.metadata().map_or(0, |metadata| metadata.len());
            (path, bytes)
        };
        Presence {
            set,
            files: found.into_iter().flatten().map(size).collect(),
            download_to: published.then(|| dirs.download_folder(set.name)).flatten(),
        }
    };
    CATALOGUE.iter().map(look).collect()
}
