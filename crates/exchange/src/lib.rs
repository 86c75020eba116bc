//! Models in the formats of other programs, and back.

mod border;
mod error;
pub mod keras;
pub mod onnx;
mod parameters;
pub mod torch;

pub use error::ExchangeError;
