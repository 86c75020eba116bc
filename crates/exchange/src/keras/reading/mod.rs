//! Keras 3 files: `.keras` as a graph of layers, `.weights.h5` as variables.

mod call;
mod configuration;
mod file;
mod layer;
mod model;
mod variables;
mod weights;

pub use configuration::activation_layer;
pub use file::read_keras;
pub use layer::{KerasLayer, Value};
pub use weights::read_weights;
