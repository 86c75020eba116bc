//! Other views of the same images: parts of them, padded ones, inverted ones.

use std::sync::Arc;

use super::Dataset;
use crate::error::DataError;

impl Dataset {
    /// All images that were read with these, in their order there: of a split, the whole.
    pub fn whole(&self) -> Self {
        Self { indices: None, ..self.clone() }
    }

    /// The images at `indices` of this view, in that order (repeats allowed), sharing the pixels.
    ///
    /// # Errors
    /// If there are no indices or one is not below [`len`](Self::len).
    pub fn subset(&self, indices: &[usize]) -> Result<Self, DataError> {
        if let Some(wrong) = indices.iter().find(|i| **i >= self.len()) {
            return Err(self.refuse(format!("no image {wrong}: there are {}", self.len())));
        }
        if indices.is_empty() || indices.len() > u32::MAX as usize {
            return Err(self.refuse(format!("a subset of {} images", indices.len())));
        }
        let indices = indices.iter().map(|i| self.row(*i) as u32).collect();
        Ok(Self { indices: Some(indices), ..self.clone() })
    }

    /// The first `count` images (all, where there are no more; one, for a count of 0).
    pub fn first(&self, count: usize) -> Self {
        if count >= self.len() {
            return self.clone();
        }
        let indices = (0..count.max(1)).map(|i| self.row(i) as u32).collect();
        Self { indices: Some(indices), ..self.clone() }
    }

    /// The same images with `pad` more rows and columns of zeros on each side, added when they are read.
    pub fn padded(&self, pad: usize) -> Self {
        let clean = self.clean.as_ref().map(|clean| Arc::new(clean.padded(pad)));
        Self { pad: self.pad.saturating_add(pad), clean, ..self.clone() }
    }

    /// The same images with black and white in each other's place; what is padded stays 0.
    pub fn inverted(&self) -> Self {
        let clean = self.clean.as_ref().map(|clean| Arc::new(clean.inverted()));
        Self { invert: !self.invert, clean, ..self.clone() }
    }

    /// Whether this set and `other` are views of the same pixels.
    pub fn shares_pixels_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.store, &other.store)
    }
}
