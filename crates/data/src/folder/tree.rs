//! The files of a folder and of all folders in it, sorted into images and what is left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::natural_order;

/// Folders within folders that are looked into.
const DEEPEST: usize = 16;

/// Extensions of image files that are read, in lower case.
pub const IMAGE_EXTENSIONS: [&str; 17] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "bmp", "dib", "gif", "pnm", "pbm",
    "pgm", "ppm", "pam",
];

/// Extensions of images that are not read.
const NOT_READ: [&str; 30] = [
    "heic", "heif", "avif", "jxl", "jp2", "j2k", "svg", "psd", "xcf", "ico", "tga", "exr", "hdr", "dcm",
    "nii", "fits", "raw", "dng", "cr2", "cr3", "nef", "arw", "orf", "raf", "rw2", "eps", "ai", "pcx", "dds",
    "qoi",
];

/// A folder with its images, and the folders in it that hold some.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Its name; empty for the one that was opened.
    pub name: String,
    /// Its images, in natural order of their names.
    pub images: Vec<PathBuf>,
    /// The folders in it that hold images, in natural order of their names.
    pub folders: Vec<Tree>,
}

/// Files that are no images, by extension.
#[derive(Debug, Default)]
pub(crate) struct ExcludedFiles {
    counts: BTreeMap<String, usize>,
    tables: Vec<PathBuf>,
    archives: Vec<PathBuf>,
}

impl ExcludedFiles {
    fn add(&mut self, path: &Path) {
        let extension = extension(path).map_or_else(|| "no extension".to_owned(), |text| format!(".{text}"));
        if extension == ".parquet" {
            self.tables.push(path.to_path_buf());
        }
        if is_tar(path) {
            self.archives.push(path.to_path_buf());
        }
        *self.counts.entry(extension).or_default() += 1;
    }

    /// One sentence for images of kinds that are not read, one for all else.
    pub fn reasons(&self) -> Vec<String> {
        let is_image = |extension: &str| NOT_READ.contains(&extension.trim_start_matches('.'));
        let list = |images: bool| {
            let kinds = self.counts.iter().filter(|(extension, _)| is_image(extension) == images);
            let (mut count, mut parts) = (0, Vec::new());
            for (extension, files) in kinds {
                count += files;
                parts.push(format!("{files} {extension}"));
            }
            (count, parts.join(", "))
        };
        let (images, kinds) = list(true);
        let (others, other_kinds) = list(false);
        let mut reasons = Vec::new();
        if images > 0 {
            let what = if images == 1 { "image of a kind that is" } else { "images of kinds that are" };
            reasons.push(format!("{images} {what} not read: {kinds}; save as PNG or JPEG to use them"));
        }
        if others > 0 {
            reasons.push(format!(
                "{others} other {}: {other_kinds}",
                if others == 1 { "file" } else { "files" }
            ));
        }
        reasons
    }

    /// The Parquet files, which may hold images, in natural order.
    pub fn tables(&self) -> &[PathBuf] {
        &self.tables
    }

    /// The tar archives, which may hold images, in natural order.
    pub fn archives(&self) -> &[PathBuf] {
        &self.archives
    }

    /// Whether there were images of kinds that are not read.
    pub fn has_images(&self) -> bool {
        self.counts.keys().any(|extension| NOT_READ.contains(&extension.trim_start_matches('.')))
    }
}

impl Tree {
    /// Lists `path` and everything in it.
    pub fn read(path: &Path) -> Result<(Self, ExcludedFiles), DataError> {
        let mut left_out = ExcludedFiles::default();
        let mut above = Vec::new();
        let tree = Self::list(path, String::new(), &mut above, &mut left_out)?;
        Ok((tree, left_out))
    }

    fn list(
        path: &Path,
        name: String,
        above: &mut Vec<PathBuf>,
        left_out: &mut ExcludedFiles,
    ) -> Result<Self, DataError> {
        let mut tree = Self { name, ..Self::default() };
        // A link that leads back up is followed no further.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if above.contains(&real) || above.len() > DEEPEST {
            return Ok(tree);
        }
        above.push(real);
        for entry in entries(path)? {
            let metadata = entry.metadata();
            if metadata.as_ref().is_ok_and(fs::Metadata::is_dir) {
                let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let folder = Self::list(&entry, name, above, left_out)?;
                if folder.count() > 0 {
                    tree.folders.push(folder);
                }
            } else if metadata.is_ok_and(|metadata| metadata.is_file()) {
                match is_image(&entry) {
                    true => tree.images.push(entry),
                    false => left_out.add(&entry),
                }
            }
        }
        above.pop();
        Ok(tree)
    }

    /// Images in it and in all folders in it.
    pub fn count(&self) -> usize {
        self.images.len() + self.folders.iter().map(Self::count).sum::<usize>()
    }

    /// All of its images, those of folders in it behind its own.
    pub fn all(&self) -> Vec<PathBuf> {
        let mut all = self.images.clone();
        self.folders.iter().for_each(|folder| all.extend(folder.all()));
        all
    }
}

/// Entries of a folder in natural order of their names, without those that systems and programs leave behind.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut names: Vec<OsString> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(DataError::io(folder, "list"))?;
    names.retain(|name| !is_litter(&name.to_string_lossy()));
    names.sort_by(|a, b| {
        natural_order::compare(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b))
    });
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Hidden files, and what file managers write beside images.
pub(crate) fn is_litter(name: &str) -> bool {
    const LITTER: [&str; 9] = [
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__macosx",
        "@eadir",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "picasa.ini",
    ];
    name.starts_with('.') || LITTER.contains(&name.to_lowercase().as_str())
}

fn extension(path: &Path) -> Option<String> {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase())
}

/// Whether a path is, by its name, a tar archive, or several.
pub(crate) fn is_tar(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a file is an image: by its extension, or, where it has none, by its first bytes.
pub(crate) fn is_image(path: &Path) -> bool {
    match extension(path) {
        Some(extension) => IMAGE_EXTENSIONS.contains(&extension.as_str()),
        None => {
            let mut first = Vec::new();
            let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut first));
            read.is_ok() && image::guess_format(&first).is_ok_and(|format| format.reading_enabled())
        }
    }
}
