//! Autoencoders to use: what a network looks like ([`Summary`]), its weights on disk ([`weights`]), and
//! encoding, decoding and generating with it ([`Autoencoder`]) on any device. Knows neither engines, nor the
//! training loop, nor data sets, nor run directories.
//!
//! Define a network, train it on an array, embed and decode:
//!
//! ```
//! use engine::{Executor, Isa, Options};
//! use model::{Autoencoder, Summary, weights};
//! use network::{
//!     Activation, Dense, Device, Draw, Images, Latent, Layer, Network, Noise, Objective, Optimizer, Shape, StepSettings,
//! };
//!
//! let dense = |units, activation| {
//!     Layer::Dense(Dense { units, activation, initializer: Default::default() })
//! };
//! let network = Network {
//!     input: Shape::Vector(16),
//!     encoder: vec![dense(8, Activation::Relu)],
//!     latent: Latent::gaussian(2),
//!     decoder: vec![dense(8, Activation::Relu), dense(16, Activation::Linear)], // logits
//!     objective: Objective::default(), // binary cross-entropy + KL, both summed
//! };
//! println!("{}", Summary::new(&network)?);
//!
//! // 64 images of 16 values: a ramp, and its mirror image.
//! let ramp = |i: usize| (0..16).map(move |j| if i % 2 == 0 { j } else { 15 - j } as f32 / 15.0);
//! let images: Vec<f32> = (0..64).flat_map(ramp).collect();
//!
//! let options = Options { batch: 64, threads: 1, isa: Isa::best() };
//! let mut device: Box<dyn Device> = Box::new(Executor::new(&network, options)?);
//! device.initialize(7);
//! device.set_optimizer(Optimizer::default());
//! let noise = random::Stream::new(7, "posterior noise");
//! let mut totals = Vec::new();
//! for step in 0..200 {
//!     let noise = Noise::Drawn { stream: noise, step };
//!     let draw = Draw { seed: 7, step };
//!     let settings = StepSettings { noise, draw, learning_rate: 0.01, kl_factor: 1.0, clip_norm: None };
//!     totals.push(device.step(&Images(&images), 64, settings).total());
//! }
//! assert!(totals[199] < totals[0]);
//!
//! let mut model = Autoencoder::from(device);
//! let embedding = model.encode(&images)?; // mean [64, 2], log_var [64, 2]
//! assert_eq!((embedding.len(), embedding.dims()), (64, 2));
//! let decoded = model.decode(&embedding.mean)?; // [64, 16]
//! let dreamt = model.generate(10, 1)?; // [10, 16], from N(0, I)
//! assert_eq!((decoded.len(), dreamt.len()), (64 * 16, 10 * 16));
//!
//! let bytes = model.to_safetensors()?; // and back, on any machine
//! let read = weights::from_bytes(&bytes)?;
//! let options = Options { batch: 32, threads: 2, isa: Isa::best() };
//! let mut again = Autoencoder::new(Box::new(Executor::new(&read.network, options)?), &read.parameters)?;
//! assert_eq!(again.parameters(), model.parameters());
//! # let _ = again.decode(&embedding.mean)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod autoencoder;
mod embedding;
mod error;
mod optimizer_state;
mod path;
mod summary;
mod table;
mod tensor_file;
pub mod weights;

pub use autoencoder::Autoencoder;
pub use autoencoder::likelihood::{ImageLoss, PosteriorDraw};
pub use embedding::Embedding;
pub use error::{ModelError, WeightsError};
pub use optimizer_state::{optimizer_from_bytes, optimizer_to_bytes};
pub use path::{Path, PathError};
pub use summary::{Part, Row, Summary};
pub use weights::Weights;
