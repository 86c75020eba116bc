//! Models in the formats of other programs, and back.

mod assembly;
mod border;
mod error;
pub mod keras;
mod layout;
mod natural_order;
pub mod onnx;
mod order;
mod parameters;
pub mod torch;
mod weights;

pub use assembly::{AssemblyOptions, Imported, ImportedLoss, ModelFile, WeightedLayer, assemble};
pub use error::ExchangeError;
pub use weights::{FittedWeights, Module, Program, StoredTensor, StoredWeights};
