//! Exact nearest neighbours in the Euclidean distance.

pub(crate) mod nearest;
pub(crate) mod panels;

pub use nearest::{Neighbours, NeighboursError, nearest, neighbours};
