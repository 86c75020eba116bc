//! Exact nearest neighbours in the Euclidean distance.

mod nearest;
pub(crate) mod panels;

pub use nearest::{Neighbours, NeighboursError, nearest, neighbours};
