//! What a network is, without what computes it: layers as a recipe writes them, the shapes between them, their
//! tensors, the objective, the optimizer's rule; and [`Device`], what all that computes it has in common. No numerics, no
//! `unsafe`.
//!
//! ```
//! use network::{Network, Shape, parameter_views};
//!
//! let network: Network = serde_json::from_str(r#"{
//!     "input": [8, 8, 1],
//!     "encoder": [
//!         { "layer": "residual", "shortcut": "projection", "layers": [
//!             { "layer": "conv2d", "filters": 4, "kernel": 3, "stride": 2, "padding": "same", "activation": "relu" },
//!             { "layer": "conv2d", "filters": 4, "kernel": 3, "padding": "same" }
//!         ] },
//!         { "layer": "flatten" }
//!     ],
//!     "latent": { "kind": "gaussian", "size": 2 },
//!     "decoder": [{ "layer": "dense", "units": 64 }],
//!     "objective": { "reconstruction": { "loss": "bce" } }
//! }"#)?;
//! assert_eq!(network.shapes()?.features, Shape::Vector(4 * 4 * 4));
//! let names: Vec<_> = parameter_views(&network)?.into_iter().map(|view| view.name).collect();
//! assert_eq!(names[0], "encoder.0.layers.0.kernel");
//! assert_eq!(names[4], "encoder.0.shortcut.kernel");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activation;
mod batch;
mod device;
mod initializer;
mod key;
mod layers;
#[cfg(test)]
mod messages;
mod network;
mod objective;
mod optimizer;
mod optimizer_buffers;
mod parameter;
mod shape;
mod tensor;
mod values;
mod window;

pub use activation::Activation;
pub use batch::{Draw, Images, Noise, Source, StepSettings};
pub use device::{Description, Device};
pub use initializer::Initializer;
pub use key::{Fallback, Key};
pub use layers::{
    Activate, AveragePool, BatchNorm, Branches, Chain, Conv2d, Conv2dTranspose, ConvPadding, Dense, Dropout,
    Flatten, GatedDense, GlobalAveragePool, GroupNorm, Interpolation, Layer, LayerError, LayerNorm,
    LayerRule, MAX_VALUES, MaxPool, Merge, Reshape, Residual, SelfAttention, Shortcut, UpSample,
};
pub use network::{Code, GaussianLatent, Latent, LikelihoodBound, Network, NetworkError, Shapes};
pub use objective::{
    CodeL1, CodeL2, Codes, Kl, Loss, Mmd, MsSsim, Objective, Reconstruction, Reduction, SSIM_CONSTANTS,
    SSIM_WINDOW, Sigma, Ssim, Term, TermDescription, TermRole, TermValues, Terms, ValueCounts, ssim_window,
};
pub use optimizer::{
    Adadelta, Adam, AdamW, Adamax, Lion, Optimizer, OptimizerRule, Refusal, RmsProp, Sgd, StepRate,
};
pub use optimizer_buffers::OptimizerBuffers;
pub use parameter::{ParameterView, parameter_views};
pub use shape::Shape;
pub use tensor::{Role, Start, Tensor};
pub use values::{Bound, LARGEST, Values};
pub use window::{Padding, Pair, padding_before, padding_total, window};
