//! Folders of IDX files under all the names that MNIST and its relatives have: with dashes or dots, EMNIST's and
//! QMNIST's prefixes, in torchvision's sub-folder `raw`.

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::error::{DataError, reserve};
use crate::idx::{self, IdxImages, IdxLabels};
use crate::pixels::{MemoryBudget, PixelFile, Pixels, Width};
use crate::pool::{Pool, align_classes};
use crate::shape::ImageShape;

/// Files of one set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IdxFiles {
    /// What its files' names begin with: `emnist-letters`, or nothing.
    prefix: String,
    train: Option<PathBuf>,
    test: Option<PathBuf>,
}

/// What the name of a file of images says, without `.gz`: its set, and whether its images test.
fn parse(name: &str) -> Option<(String, bool)> {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = name
        .strip_suffix("-idx3-ubyte")
        .or(name.strip_suffix(".idx3-ubyte"))
        .or(name.strip_suffix(".idx3"))?;
    let stem = stem.strip_suffix("images")?.trim_end_matches('-');
    let parts = [("train", false), ("t10k", true), ("test", true), ("", false)];
    parts.into_iter().find_map(|(part, tests)| {
        let prefix = stem.strip_suffix(part)?;
        Some((prefix.trim_end_matches('-').to_owned(), tests))
    })
}

/// Whether a file of this name holds the images of such a set.
pub(crate) fn is_images(name: &str) -> bool {
    parse(name).is_some()
}

/// The file of labels of a file of images, plain or gzipped, in whatever case: beside it, or, where each file was
/// unpacked into a folder of its own name, in the folder beside its own.
fn labels_of(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_string_lossy().to_lowercase();
    let plain = name.strip_suffix(".gz").unwrap_or(&name).replace("images", "labels");
    let names = [plain.replace("idx3", "idx1"), plain.replace("idx3-ubyte", "idx2-int")];
    let is_of_labels = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        names.iter().any(|labels| labels == name) && file.is_file()
    };
    let within = |folder: &Path| {
        let mut entries: Vec<PathBuf> =
            folder.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        entries.sort();
        Some(entries)
    };
    let folder = images.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = || within(folder)?.into_iter().find(is_of_labels);
    let is_of_its_name = folder.file_name().is_some_and(|name| is_images(&name.to_string_lossy()));
    let unpacked = || {
        let others = within(folder.parent().filter(|_| is_of_its_name)?)?;
        others.iter().filter_map(|other| within(other)).flatten().find(is_of_labels)
    };
    beside().or_else(unpacked)
}

/// Folders below the one that is named in which IDX files are looked for: `MNIST/raw` of torchvision's root.
const DEEPEST: usize = 2;

/// The IDX files of a folder or of one below it; `None` where there are none.
///
/// # Errors
/// Where there are several sets, of which nobody can tell which is meant.
pub(crate) fn find(folder: &Path) -> Result<Option<IdxFiles>, DataError> {
    let mut sets = Vec::new();
    collect(folder, DEEPEST, &mut sets)?;
    join_parts(&mut sets);
    match sets.len() {
        0 => Ok(None),
        1 => Ok(sets.pop()),
        _ => {
            let name = |set: &IdxFiles| {
                let file = set.train.as_ref().or(set.test.as_ref());
                file.map(|file| file.display().to_string()).unwrap_or_default()
            };
            let names: Vec<String> = sets.iter().map(name).collect();
            let problem =
                format!("holds several sets of IDX files; name the images of one: {}", names.join(", "));
            Err(DataError::Folder { path: folder.to_path_buf(), problem })
        }
    }
}

/// Makes one set of the parts that lie in folders of their own.
fn join_parts(sets: &mut Vec<IdxFiles>) {
    let mut joined: Vec<IdxFiles> = Vec::new();
    for set in sets.drain(..) {
        let completes = |other: &&mut IdxFiles| {
            let has_both = |one: &Option<PathBuf>, other: &Option<PathBuf>| one.is_some() && other.is_some();
            other.prefix == set.prefix
                && !has_both(&other.train, &set.train)
                && !has_both(&other.test, &set.test)
        };
        match joined.iter_mut().find(completes) {
            Some(other) => {
                other.train = other.train.take().or(set.train);
                other.test = other.test.take().or(set.test);
            }
            None => joined.push(set),
        }
    }
    *sets = joined;
}

fn collect(folder: &Path, deepest: usize, sets: &mut Vec<IdxFiles>) -> Result<(), DataError> {
    let entries = folder.read_dir().and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut entries: Vec<PathBuf> = entries.map_err(DataError::io(folder, "list"))?;
    entries.sort();
    let mut here: Vec<IdxFiles> = Vec::new();
    for file in entries.iter().filter(|entry| entry.is_file()) {
        let Some((prefix, tests)) = parse(&file.file_name().unwrap_or_default().to_string_lossy()) else {
            continue;
        };
        let at = here.iter().position(|set| set.prefix == prefix).unwrap_or_else(|| {
            here.push(IdxFiles { prefix, ..IdxFiles::default() });
            here.len() - 1
        });
        let part = if tests { &mut here[at].test } else { &mut here[at].train };
        // Plain and gzipped copies of one file are one.
        part.get_or_insert_with(|| file.clone());
    }
    let found = !here.is_empty();
    sets.append(&mut here);
    if !found && deepest > 0 {
        for entry in entries.iter().filter(|entry| entry.is_dir()) {
            // What cannot be listed is told by whoever reads images from it.
            let _ = collect(entry, deepest - 1, sets);
        }
    }
    Ok(())
}

/// The set that a file of images belongs to, with the other files beside it.
pub(crate) fn open_file(path: &Path, budget: &MemoryBudget) -> Result<Pool, DataError> {
    let (prefix, tests) = parse(&path.file_name().unwrap_or_default().to_string_lossy()).unwrap_or_default();
    let mut sets = Vec::new();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    collect(folder, 0, &mut sets)?;
    let mut files = sets.into_iter().find(|set| set.prefix == prefix).unwrap_or_default();
    if tests {
        files = IdxFiles { train: Some(path.to_path_buf()), test: None, ..files };
    }
    open(path, &files, budget)
}

/// Reads the files of a set; labels may be absent, and so may one of the parts.
pub(crate) fn open(path: &Path, files: &IdxFiles, budget: &MemoryBudget) -> Result<Pool, DataError> {
    let mut notes = Vec::new();
    let mut part = |images: &PathBuf| -> Result<Dataset, DataError> {
        let mut read: IdxImages = idx::read_images(images, budget)?;
        if files.prefix.starts_with("emnist") {
            read = transposed(read, budget)?;
        }
        let labels: Option<IdxLabels> = labels_of(images).map(|file| idx::read_labels(&file)).transpose()?;
        if labels.is_none() {
            notes.push(format!("{}: no file of labels beside it", images.display()));
        }
        let name = match files.prefix.as_str() {
            "" => path.file_name().map(|_| path.to_path_buf()).or_else(|| path.canonicalize().ok()),
            prefix => Some(prefix.into()),
        };
        let name = name.unwrap_or_else(|| path.to_path_buf());
        let name = name.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        idx::dataset(&name, read, labels, None)
    };
    let (train, test) = match (&files.train, &files.test) {
        (Some(train), test) => (part(train)?, test.as_ref().map(&mut part).transpose()?),
        (None, Some(test)) => (part(test)?, None),
        (None, None) => {
            let problem = "holds no IDX file of images".to_owned();
            return Err(DataError::Folder { path: path.to_path_buf(), problem });
        }
    };
    if files.prefix.starts_with("emnist") {
        notes.push("images are transposed, as EMNIST's files have rows for columns".into());
    }
    Ok(align_classes(Pool { test, notes, ..Pool::new(train) }))
}

/// The images with rows for columns.
fn transposed(images: IdxImages, budget: &MemoryBudget) -> Result<IdxImages, DataError> {
    let IdxImages { shape, count, pixels, file: record } = images;
    let ImageShape { height, width, .. } = shape;
    let set = Dataset::from_pixels(String::new(), shape, pixels)?;
    let turn = |i: usize, image: &mut Vec<f32>, out: &mut [u8]| {
        image.resize(height * width, 0.0);
        set.image(i, image);
        for (at, out) in out.iter_mut().enumerate() {
            *out = (image[at % height * width + at / height] * 255.0).round() as u8;
        }
    };
    let each = height * width;
    let pixels = if budget.takes(count * each) {
        let mut bytes = reserve(count * each, "images to transpose")?;
        bytes.resize(count * each, 0);
        bytes
            .par_chunks_exact_mut(each)
            .enumerate()
            .for_each_init(Vec::new, |image, (i, out)| turn(i, image, out));
        Pixels::Bytes(bytes)
    } else {
        let (mut file, mut image, mut out) = (budget.file()?, Vec::new(), vec![0; each]);
        for i in 0..count {
            turn(i, &mut image, &mut out);
            file.write_all(&out).map_err(DataError::io(&budget.folder, "write pixels to a file in"))?;
        }
        Pixels::OnDisk(PixelFile::copied(&record.path, file, count * each, Width::Byte))
    };
    Ok(IdxImages { shape: ImageShape::new(width, height, 1), count, pixels, file: record })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_set_and_part() {
        let parsed =
            |name: &str| parse(name).map(|(prefix, tests)| (prefix, if tests { "test" } else { "train" }));
        let expected = |prefix: &str, part| Some((prefix.to_owned(), part));
        assert_eq!(parsed("train-images-idx3-ubyte"), expected("", "train"));
        assert_eq!(parsed("t10k-images.idx3-ubyte.gz"), expected("", "test"));
        assert_eq!(parsed("emnist-letters-test-images-idx3-ubyte"), expected("emnist-letters", "test"));
        assert_eq!(parsed("qmnist-train-images-idx3-ubyte.gz"), expected("qmnist", "train"));
        assert_eq!(parsed("train-labels-idx1-ubyte"), None);
        assert_eq!(parsed("images.idx3-ubyte"), expected("", "train"));
        assert_eq!(parsed("photos.idx3-ubyte"), None);
    }
}
