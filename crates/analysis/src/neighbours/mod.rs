//! Exact nearest neighbours in the Euclidean distance.

mod nearest;
pub(crate) mod panels;

pub(crate) use nearest::compact_order;
pub use nearest::{Neighbours, NeighboursError, nearest, neighbours};
