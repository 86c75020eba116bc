//! Numerics of latentlab: SIMD kernels, layers with hand-derived gradients, a network planned once, and the
//! training step. No files, no data sets, no models by name.
//!
//! ```
//! use engine::{Executor, Isa, Options};
//! use network::{Device, Draw, Images, Network, Noise, Optimizer, StepSettings};
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
//! executor.set_optimizer(Optimizer::default());
//! let images = vec![0.5; 4 * 64];
//! let settings = StepSettings { noise: Noise::Mean, draw: Draw::default(), learning_rate: 1e-3, kl_factor: 1.0, clip_norm: None };
//! let first = executor.step(&Images(&images), 4, settings);
//! let second = executor.step(&Images(&images), 4, settings);
//! assert!(second.total() < first.total());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cut;
mod executor;
mod geometry;
mod graph;
mod kernels;
mod layers;
mod layout;
#[cfg(test)]
mod messages;
mod ops;
mod optimizer_state;
mod peak;
mod plan;
mod profile;
mod runtime;
mod shared;
mod simd;
mod threads;
mod workspace;

pub use executor::{Executor, ExecutorError, Options};
pub use peak::peak_gflops;
pub use plan::PlanError;
pub use profile::{Part, Share};
pub use runtime::real::Real;
pub use simd::{Isa, IsaError, Scalar};
