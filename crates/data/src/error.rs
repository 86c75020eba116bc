//! What can go wrong with data, each with the file, the place and the values a person needs to mend it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::dataset::ImageShape;
use crate::published::Absent;

/// Any failure of this crate. The message is complete on its own: one line (more for [`Absent`]), no cause
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
    Absent(Box<Absent>),
    /// A file whose images are read as they are needed was written to meanwhile.
    #[error("{}: was written to while its images were in use: what came of them is of no one set", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
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

/// What is wrong inside an IDX file.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdxProblem {
    /// Not the magic number of an IDX file of bytes.
    #[error("magic number {found:#010x} is not that of an IDX file of {wanted} ({expected:#010x})")]
    Magic {
        /// What was read.
        found: u32,
        /// What belongs there.
        expected: u32,
        /// "images" or "labels".
        wanted: &'static str,
    },
    /// Labels where images belong, or the other way round.
    #[error("mislabelled: this is a file of {actual} (magic number {found:#010x}), not of {wanted}")]
    Mislabelled {
        /// What was read.
        found: u32,
        /// "images" or "labels", by the magic number.
        actual: &'static str,
        /// What the file's name promises.
        wanted: &'static str,
    },
    /// The file ends too early.
    #[error("truncated: {expected} bytes should follow, {found} do")]
    Truncated {
        /// Bytes that the header promises from this offset on.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The header promises more than the compressed bytes can hold.
    #[error("the header promises {expected} bytes, but so short a gzip file can hold at most {ceiling}")]
    Oversized {
        /// Bytes promised.
        expected: u64,
        /// The most that deflate could make of the file.
        ceiling: u64,
    },
    /// Bytes after the end.
    #[error("more bytes follow than the header promises")]
    Trailing,
    /// A dimension of 0.
    #[error("dimension {axis} is 0: nothing to read")]
    Empty {
        /// Which dimension, counted from 0.
        axis: usize,
    },
    /// Dimensions whose product overflows.
    #[error("dimensions {dims:?} are more than this machine can address")]
    Overflow {
        /// As in the header.
        dims: Vec<u32>,
    },
    /// A label that is no class of the set.
    #[error("label {label}: must be below {classes}")]
    Label {
        /// What was read.
        label: i64,
        /// Classes of the set.
        classes: usize,
    },
    /// More different labels than there can be classes.
    #[error("more than {limit} different labels: they are no classes")]
    Classes {
        /// The most classes.
        limit: usize,
    },
    /// Images of another shape than the set's.
    #[error("images are {found}, the set's are {expected}")]
    Shape {
        /// What was read.
        found: ImageShape,
        /// What the set has.
        expected: ImageShape,
    },
    /// Broken gzip data.
    #[error("the compressed data are damaged: {0}")]
    Damaged(String),
}

/// What is wrong with a NumPy array.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ArrayProblem {
    /// The header does not parse.
    #[error("not a NumPy array: {0}")]
    Header(String),
    /// An element type that is not read.
    #[error("element type {found}: must be {allowed}")]
    Type {
        /// NumPy's description, e.g. `<f8`.
        found: String,
        /// What is read.
        allowed: &'static str,
    },
    /// A number of dimensions or channels that is not read.
    #[error("shape {found:?}: must be {allowed}")]
    Shape {
        /// As in the header.
        found: Vec<usize>,
        /// What is read.
        allowed: &'static str,
    },
    /// A length other than the header promises.
    #[error("the header promises {expected} bytes of values, but {found} are there")]
    Length {
        /// Bytes promised.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// The header promises more than the compressed bytes can hold.
    #[error(
        "the header promises {expected} bytes of values, but so short a gzip file can hold at most {ceiling}"
    )]
    Oversized {
        /// Bytes promised.
        expected: u64,
        /// The most that deflate could make of the file.
        ceiling: u64,
    },
    /// An infinite or undefined value.
    #[error("value {index} is {value}: all must be finite")]
    NonFinite {
        /// Position in the flattened array.
        index: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// Values on no scale that images usually have.
    #[error(
        "values lie in [{min}, {max}], which is none of the usual scales of images (0 to 255, 0 to 1, −1 to 1, 10 to \
         16 bits): say which values are black and white with data.range = [black, white]"
    )]
    Range {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// A label that is no whole number.
    #[error("label {index} is {value}: must be a whole number")]
    Label {
        /// Position.
        index: usize,
        /// What was read.
        value: f64,
    },
    /// More different labels than there can be classes.
    #[error("more than {limit} different labels: they are no classes")]
    Classes {
        /// The most classes.
        limit: usize,
    },
    /// An archive none of whose arrays has a usual name for images.
    #[error("none of its arrays has a usual name for images, and there is not one alone that can hold some; name one \
             with data.array (--array NAME); the file holds {}", found.join(", "))]
    NoImages {
        /// Names and shapes that are there.
        found: Vec<String>,
    },
    /// Labels that are not one per row of the points.
    #[error("{found} labels, but array {of} has {expected} rows: they must be one per row")]
    Rows {
        /// Number of labels.
        found: usize,
        /// Number of rows.
        expected: usize,
        /// The array of the points.
        of: String,
    },
    /// An array that an `.npz` should have.
    #[error("no array of this name; the file holds {found:?}")]
    Missing {
        /// Names that are there.
        found: Vec<String>,
    },
    /// Images in an order that needs all of them at a time, and more than there may be in memory.
    #[error(
        "its {bytes} bytes are in Fortran order and more than the {most} that may be held in memory at a time: \
         save it in C order (numpy.ascontiguousarray), which is read from disk as needed"
    )]
    FortranOrder {
        /// Bytes of its values.
        bytes: u64,
        /// Bytes that may be held.
        most: u64,
    },
    /// The archive or its compressed data are broken.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
}

/// An image file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub reason: String,
}

fn image_files(count: usize) -> String {
    if count == 1 { "1 image file".into() } else { format!("{count} image files") }
}

/// A line for each file; of many, the first.
fn list_of(files: &[BrokenFile], folder: &Path) -> String {
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

    /// A file of a kind that this build does not read, if it is there; `instead` says what else its owner can do.
    #[cfg(not(all(feature = "hdf5", feature = "parquet")))]
    pub(crate) fn without_feature(file: &Path, kind: &str, feature: &str, instead: &str) -> Self {
        if let Err(error) = crate::regular::open(file) {
            return error;
        }
        let problem = format!(
            "this build does not read {kind} files: build it with the cargo feature `{feature}` (cargo install latentlab \
             --features {feature}), or {instead}"
        );
        Self::Table { file: file.to_path_buf(), problem }
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
