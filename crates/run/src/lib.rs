//! The run directory: the contract between training and everything that looks at its result.
//!
//! `train` writes a run directory, everything later only reads it and adds files of its own, so a run
//! works as well after it was copied from another machine. This crate knows every file name in it
//! ([`FILES`]), writes each file so that it is whole or absent ([`atomic_write`]), and reads each with its
//! version checked. It knows no networks and no data sets: weights are bytes, a recipe is text.
//!
//! ```
//! use run::{Checkpoint, Event, ExistingRun, Manifest, RunDir, Slot, Status};
//!
//! # fn main() -> Result<(), run::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! let path = run::new_folder(folder.path(), "mnist-mlp-vae")?; // …/mnist-mlp-vae-1
//! let mut manifest = Manifest::new("latentlab 0.1.0", "mnist-mlp-vae", 7);
//! let run = RunDir::create(&path, ExistingRun::Refuse, &manifest, "name = \"mnist-mlp-vae\"\n")?;
//!
//! let mut log = run.event_log()?;
//! log.push(Event::Warning { message: "an example trains nothing".into() })?;
//! run.save_checkpoint(Slot::Last, &Checkpoint { weights: vec![1, 2, 3], ..Checkpoint::default() })?;
//! run.finish(&mut manifest, Status::Completed)?;
//!
//! let run = RunDir::open(&path)?;
//! assert_eq!(run.read::<Manifest>()?.status, Status::Completed);
//! assert_eq!(run.load_checkpoint(Slot::Last)?.checkpoint.weights, [1, 2, 3]);
//! # Ok(())
//! # }
//! ```

mod atomic;
mod checkpoint;
mod data_hint;
mod digest;
mod directory;
mod document;
mod error;
mod event;
mod files;
mod lock;
mod log;
mod machine;
mod manifest;
mod metrics;
mod new_folder;
mod number;
mod own_files;
mod regular_file;
mod slot;
mod terms;
mod tracking;

pub use atomic::atomic_write;
pub use checkpoint::{Checkpoint, CheckpointRecord, LoadedCheckpoint};
pub use data_hint::DataHint;
pub use digest::Digest;
pub use directory::{ExistingRun, FigureFormat, RunDir};
pub use document::Document;
pub use error::{Error, Result};
pub use event::{Epoch, Event};
pub use files::{FILES, File};
pub use jiff::Timestamp;
pub use lock::RunLock;
pub use log::{EventLog, Events, Line, TornLine};
pub use machine::Machine;
pub use manifest::{
    AlteredFile, DataSet, EarlyEnd, EndCause, Epochs, Import, Manifest, Status, WarmStart, now,
};
pub use metrics::{Measurement, Metrics, SplitMetrics};
pub use new_folder::new_folder;
pub use regular_file::open_regular;
pub use slot::Slot;
pub use terms::Terms;
pub use tracking::Tracking;
