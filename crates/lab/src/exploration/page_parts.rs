//! What the rooms that make a page put together: its numbers, and what they left out.

use explorer::{Blobs, Precision};

/// A page in the making.
pub struct PageParts {
    /// Numbers and files.
    pub blobs: Blobs,
    /// What is not in it, in sentences.
    pub left_out: Vec<String>,
    /// Of weights and codes.
    pub precision: Precision,
}

impl PageParts {
    /// An empty one, of 32-bit numbers if it is exact.
    pub fn new(is_exact: bool) -> Self {
        let precision = if is_exact { Precision::Single } else { Precision::Half };
        Self { blobs: Blobs::default(), left_out: Vec::new(), precision }
    }

    /// Says that something was left out, once.
    pub fn leave_out(&mut self, sentence: String) {
        if !self.left_out.contains(&sentence) {
            self.left_out.push(sentence);
        }
    }
}
