//! Train autoencoders and variational autoencoders, see what their latent spaces hold, and use them.
//!
//! This crate is the way in: it re-exports the rooms of the system, and the few types that most programs need.
//! The program of the same name is its module `program`. Without the program's own dependencies:
//! `cargo add latentlab --no-default-features`.
//!
//! Define a network, train it on an array, embed and decode:
//!
//! ```
//! use latentlab::data::ImageShape;
//! use latentlab::train::{Compute, Record, Trainer};
//! use latentlab::{Dataset, Recipe, Splits};
//!
//! let recipe = Recipe::parse(r#"
//!     name = "bars"
//!     data = { path = "in memory" }
//!     model.encoder = [{ layer = "flatten" }, { layer = "dense", units = 16, activation = "relu" }]
//!     model.latent = { kind = "gaussian", size = 2 }
//!     model.decoder = [
//!         { layer = "dense", units = 16, activation = "relu" },
//!         { layer = "dense", units = 64 }, # logits
//!         { layer = "reshape", shape = [8, 8, 1] },
//!     ]
//!     objective.reconstruction = { loss = "bce" }
//!     optimizer = { kind = "adam", learning_rate = 0.01 }
//!     training = { epochs = 20, batch_size = 32 }
//! "#, "bars.toml", &[])?;
//!
//! // 320 images of 8 × 8 pixels: a horizontal or a vertical bar somewhere.
//! let bar = |i: usize| (0..64).map(move |p| f32::from(if i % 2 == 0 { p / 8 } else { p % 8 } == i / 2 % 8));
//! let images: Vec<f32> = (0..320).flat_map(bar).collect();
//! let set = Dataset::from_floats("bars", ImageShape::new(8, 8, 1), images)?;
//! let splits = Splits { train: set.clone(), valid: set.first(64), test: set.first(64) };
//!
//! let mut trainer = Trainer::new(recipe.check(set.shape())?, &splits, Compute::default())?;
//! let before = trainer.validate().total();
//! trainer.train(&mut Record::none(), &mut (), &false.into())?;
//! assert!(trainer.validate().total() < before);
//!
//! let mut model = trainer.into_model();
//! let mut image = [0.0; 64];
//! set.image(0, &mut image);
//! let embedding = model.encode(&image)?; // mean and log variance, [1, 2]
//! let decoded = model.decode(&embedding.mean)?; // [1, 8, 8, 1]
//! assert_eq!((embedding.dims(), decoded.len()), (2, 64));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Open a run that `latentlab train` made, and generate:
//!
//! ```
//! use latentlab::{RunDir, open_run};
//! # use latentlab::{data, run, train};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("run");
//! # let quick = ["data.count=200".parse()?, "training.epochs=1".parse()?];
//! # let recipe = latentlab::Recipe::open(train::DEFAULT_RECIPE, &quick)?;
//! # let splits = data::open(&recipe.data, &data::DataDirs::default(), &mut |_event| ())?;
//! # let plan = recipe.check(splits.train.shape())?;
//! # let mut trainer = train::Trainer::new(plan, &splits, train::Compute::default())?;
//! # let (dir, mut manifest) = train::create_run(&path, run::ExistingRun::Refuse, "example", &trainer, &splits)?;
//! # let outcome = trainer.train(&mut train::Record::in_run(&dir)?, &mut (), &false.into())?;
//! # dir.finish(&mut manifest, outcome.status())?;
//!
//! let run = RunDir::open(&path)?; // such as "runs/synthetic-digits-vae-1"
//! let mut trained = open_run(&run, None, Default::default())?; // the best checkpoint
//! let images = trained.model.generate(16, 7)?; // [16, 28, 28, 1] from seed 7, values in [0, 1]
//! let figure = latentlab::report::ImageGrid::new(
//!     latentlab::report::Images::new(&images, [16, 28, 28, 1])?,
//!     8,
//! ).draw()?;
//! assert!(figure.svg().starts_with("<svg"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The README's Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

#[cfg(feature = "cli")]
pub mod program;

pub use analysis;
pub use data;
pub use engine;
pub use lab;
pub use model;
pub use network;
pub use random;
pub use report;
pub use run;
pub use train;

pub use data::{Dataset, Splits};
pub use lab::{Lab, Run};
pub use model::{Autoencoder, Embedding, Summary};
pub use network::Network;
pub use run::RunDir;
pub use train::{Recipe, Trainer, open_run};
