//! What is wrong inside an IDX file.

use thiserror::Error;

use crate::shape::ImageShape;

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
