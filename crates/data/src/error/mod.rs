//! What can go wrong with data, each with the file, the place and the values a person needs to mend it.

pub(crate) mod array_problem;
pub(crate) mod broken_file;
pub(crate) mod idx_problem;
pub(crate) mod missing_set;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use self::array_problem::ArrayProblem;
use self::broken_file::{BrokenFile, image_files, list_of};
use self::idx_problem::IdxProblem;
use self::missing_set::MissingSet;

/// Any failure of this crate. The message is complete on its own: one line (more for [`MissingSet`]), no cause
/// chain needed to act on it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A field of a recipe's `[data]` table that cannot be used.
    #[error("{field} = {value}: {allowed}")]
    Field {
        /// Dotted name as in the recipe, e.g. `data.pad`.
        field: String,
        /// What was received.
        value: String,
        /// What would be accepted.
        allowed: String,
    },
    /// The operating system refused.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a verb.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// An IDX file that does not hold what it should.
    #[error("{}: at byte {offset}: {problem}", file.display())]
    Idx {
        /// The file.
        file: PathBuf,
        /// Offset in the decompressed bytes.
        offset: u64,
        /// What is wrong there.
        problem: IdxProblem,
    },
    /// Images and labels that do not belong together.
    #[error(
        "{} holds {images} image{}, but {} holds {labels} label{}: there must be one label per image",
        images_file.display(), plural(*images), labels_file.display(), plural(*labels)
    )]
    CountMismatch {
        /// Where the images are.
        images_file: PathBuf,
        /// How many.
        images: usize,
        /// Where the labels are.
        labels_file: PathBuf,
        /// How many.
        labels: usize,
    },
    /// A file whose bytes are those of another published file.
    #[error(
        "{}: holds the bytes of {actual}, not of {wanted}: put each set into a folder of its own name",
        file.display()
    )]
    OtherFile {
        /// The file.
        file: PathBuf,
        /// The file it should be, e.g. `fashion-mnist/train-images-idx3-ubyte`.
        wanted: String,
        /// The file it is.
        actual: String,
    },
    /// A `.npy` file or a member of an `.npz` file that cannot be used.
    #[error("{}{}: {problem}", file.display(), member_suffix(member.as_deref()))]
    Array {
        /// The file.
        file: PathBuf,
        /// The array inside an `.npz`.
        member: Option<String>,
        /// What is wrong.
        problem: ArrayProblem,
    },
    /// A line of a `.csv` file that cannot be used.
    #[error("{}: line {line}: {problem}", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A table that cannot be used.
    #[error("{}: {problem}", file.display())]
    Table {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An archive of images that cannot be used.
    #[error("{}: {problem}", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An image file that cannot be used.
    #[error("{}: {reason}", file.display())]
    Picture {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Image files that cannot be used, in one folder.
    #[error(
        "{}: {} cannot be used{}", folder.display(), image_files(files.len()), list_of(files, folder)
    )]
    Broken {
        /// The folder.
        folder: PathBuf,
        /// Each of them.
        files: Vec<BrokenFile>,
    },
    /// A folder that holds no usable set.
    #[error("{}: {problem}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Values given to a [`Dataset`](crate::Dataset) constructor that do not fit together.
    #[error("data set {name}: {problem}")]
    Values {
        /// The set's name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A named set that is neither on disk nor could be downloaded.
    #[error(transparent)]
    Absent(Box<MissingSet>),
    /// A file whose images are read as they are needed was written to meanwhile.
    #[error("{}: was written to while its images were in use: what came of them is of no one set", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Arrays that were in the memory of a process, and are no longer.
    #[error("{}: these arrays lay in memory, and are there no longer", path.display())]
    Forgotten {
        /// Their path.
        path: PathBuf,
    },
    /// An array in memory that was written to.
    #[error("{}: was written to since it was given: give it again", array.display())]
    Written {
        /// The array.
        array: PathBuf,
    },
    /// More memory is needed than the system gives.
    #[error("{what} needs {bytes} bytes of memory, more than the system gives")]
    Memory {
        /// What was to be held.
        what: String,
        /// How much that takes.
        bytes: u64,
    },
}

/// `s` for all numbers but one.
fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn member_suffix(member: Option<&str>) -> String {
    member.map_or_else(String::new, |name| format!(": array {name}"))
}

impl DataError {
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }

    pub(crate) fn field(field: &str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Field { field: format!("data.{field}"), value: value.to_string(), allowed: allowed.into() }
    }
}

/// An empty vector with room for `len` items, or an error (instead of an abort) where memory is short.
pub(crate) fn reserve<T>(len: usize, what: impl Into<String>) -> Result<Vec<T>, DataError> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| DataError::Memory {
        what: what.into(),
        bytes: (len as u64).saturating_mul(size_of::<T>() as u64),
    })?;
    Ok(items)
}

#[cfg(test)]
mod messages;
