//! Every network of latentlab computed a second time, for tests: in f64, by loops that can be compared with the papers by
//! eye, with gradients by automatic differentiation. Shares no numerics with the engine, and is as slow as it is plain.
//!
//! ```
//! use network::{Device, Draw, Images, Network, Noise};
//! use reference::Reference;
//!
//! let network: Network = serde_json::from_str(r#"{
//!     "input": [4],
//!     "encoder": [{ "layer": "dense", "units": 3, "activation": "tanh" }],
//!     "latent": { "kind": "deterministic" },
//!     "decoder": [{ "layer": "dense", "units": 4 }],
//!     "objective": { "reconstruction": { "loss": "squared_error" } }
//! }"#)?;
//! let mut device = Reference::<f64>::new(&network, 2)?;
//! device.initialize(0);
//! let images = [0.1, 0.2, 0.3, 0.4, 0.9, 0.8, 0.7, 0.6];
//! let terms = device.differentiate(&Images(&images), 2, Noise::Mean, Draw::default());
//! assert!(terms.total() > 0.0 && device.gradient().iter().any(|slope| *slope != 0.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activation;
mod autoencoder;
mod batch;
mod device;
mod drawn;
mod examples;
mod layers;
mod number;
mod objective;
mod optimizer;
mod pass;
mod structure;
mod tape;

pub use device::Reference;
pub use drawn::drawn;
pub use examples::{Example, examples};
pub use number::Number;
