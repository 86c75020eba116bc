//! From the graph of a model in another program's file to a network of ours: readers of formats build a [`Graph`], and what is
//! here finds the code in it, makes chains of layers of what lies before and behind, and joins files that belong together.

mod chain;
mod code;
mod convolution;
mod dominators;
mod graph;
mod imported;
mod join;
mod tidy;
mod weighted_layer;

pub use convolution::Convolution;
pub(crate) use graph::dims;
pub use graph::{Arithmetic, Graph, Merging, Model, NodeId, Part};
pub use imported::{Imported, ImportedLoss};
pub use join::{AssemblyOptions, ModelFile, assemble};
pub use weighted_layer::WeightedLayer;
