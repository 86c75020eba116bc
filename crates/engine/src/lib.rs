//! Numerics of latentlab: SIMD kernels, layers with hand-derived gradients, a network planned once, and the
//! training step. No files, no data sets, no models by name.
//!
//! ```
//! use engine::{Executor, Images, Isa, Network, Noise, Optimizer, OptimizerState, Options, StepSettings};
//!
//! let network: Network = serde_json::from_str(r#"{
//!     "input": [8, 8, 1],
//!     "encoder": [{ "layer": "flatten" }, { "layer": "dense", "units": 16, "activation": "relu" }],
//!     "latent": { "kind": "gaussian", "size": 2 },
//!     "decoder": [{ "layer": "dense", "units": 16, "activation": "relu" }, { "layer": "dense", "units": 64 }],
//!     "objective": { "reconstruction": { "loss": "bce" } }
//! }"#)?;
//! let mut executor = Executor::<f32>::new(&network, Options { batch: 4, threads: 1, isa: Isa::best() })?;
//! executor.initialize(0);
//! let mut adam = OptimizerState::new(Optimizer::default(), executor.parameters().len());
//! let images = vec![0.5; 4 * 64];
//! let settings = StepSettings { noise: Noise::Mean, learning_rate: 1e-3, kl_factor: 1.0, clip_norm: None };
//! let first = executor.step(&Images(&images), 4, settings, &mut adam);
//! let second = executor.step(&Images(&images), 4, settings, &mut adam);
//! assert!(second.total < first.total);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activation;
mod batch;
mod cut;
mod executor;
mod geometry;
mod initializer;
mod kernels;
mod layer;
mod layout;
#[cfg(test)]
mod messages;
mod network;
mod objective;
mod ops;
mod optimizer;
mod optimizer_state;
mod peak;
mod plan;
mod profile;
mod runtime;
mod shape;
mod shared;
mod simd;
mod threads;
mod workspace;

pub use activation::Activation;
pub use batch::{Images, Noise, Source, StepSettings};
pub use executor::{Executor, ExecutorError, Options};
pub use initializer::Initializer;
pub use layer::{Conv, Dense, Flatten, Layer, LayerError, MaxPool, Padding, Pair, Reshape, UpSample};
pub use network::{Latent, Network, NetworkError, Shapes};
pub use objective::{Kl, Loss, Objective, Reconstruction, Reduction, Sigma, Terms};
pub use optimizer::Optimizer;
pub use optimizer_state::OptimizerState;
pub use peak::peak_gflops;
pub use plan::PlanError;
pub use plan::draft::parameter_views;
pub use plan::parameter::{ParameterOwner, ParameterView};
pub use profile::{Part, Share};
pub use runtime::real::Real;
pub use shape::Shape;
pub use simd::{Isa, IsaError, Scalar};
