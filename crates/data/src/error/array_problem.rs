//! What is wrong with an array.

use thiserror::Error;

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
