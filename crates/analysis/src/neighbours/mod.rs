//! Exact nearest neighbours in the Euclidean distance.

pub(crate) mod nearest_points;
pub(crate) mod panels;

pub use nearest_points::{Neighbours, NeighboursError, nearest, neighbours};
