//! The manifest: what was run, on what, and how it ended.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Document;
use crate::error::Error;
use crate::files::{File, MANIFEST};
use crate::machine::Machine;
use crate::number;
use crate::terms::Terms;

/// How a run stands. Only a run whose last file was written says [`Status::Completed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Training goes on, or was killed.
    Running,
    /// Training did all that was asked, or stopped early by its own rule.
    Completed,
    /// The user stopped it; what was learned is saved.
    Interrupted,
    /// An error ended it.
    Failed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        })
    }
}

/// What was run, with which program, data and machine, how it ended, and the hashes of its files.
///
/// Written when the run is created, with [`Status::Running`], and for the last time after every other
/// file, by [`crate::RunDir::finish`]: so a half-written run says that it is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program and its version, as in `latentlab 0.1.0`.
    pub program: String,
    /// Name of the recipe.
    pub recipe: String,
    /// SHA-256 of the recipe's text with one epoch: what may not change while a training goes on, as the number
    /// of epochs may. Empty where it is not known.
    #[serde(default)]
    pub recipe_sha256: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// How the run stands.
    pub status: Status,
    /// When it was created (UTC, RFC 3339 in the file).
    pub created: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Epochs asked for and done.
    pub epochs: Epochs,
    /// What it was trained on.
    pub data: DataSet,
    /// What the pixels of its data are like, in [0, 1] (of a table: standardised values): `mean` of all, `contrast`, the
    /// mean standard deviation within an image, and `spread`, the standard deviation of the images' means.
    #[serde(default, skip_serializing_if = "Terms::is_empty")]
    pub values: Terms,
    /// Why it ended before its last epoch, where the user did not stop it and its recipe does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_end: Option<EarlyEnd>,
    /// Whose weights it began with, if not with drawn ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<WarmStart>,
    /// What its weights were read from, of a run that was imported, not trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// Where it was trained.
    pub machine: Machine,
    /// Seconds by what they were spent on: `training`, `validation`, `figures`, `total` and so on.
    #[serde(with = "number::terms")]
    pub seconds: Terms,
    /// The run's sealed files (see [`File::sealed`]) as they were when it ended, by relative path.
    pub files: BTreeMap<String, Digest>,
}

/// Epochs asked for and done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epochs {
    /// As the recipe or the user asked.
    pub asked: u64,
    /// Trained to their end.
    pub done: u64,
}

/// Why a run ended before its last epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyEnd {
    /// What ended it.
    pub cause: EndCause,
    /// Why, in words.
    pub reason: String,
}

/// What ended a run before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The rule of the study that it belongs to. It can be resumed.
    Study,
    /// The loss was no number, or exploded: it would again.
    Divergence,
    /// An error of the machine or the disk.
    Fault,
}

/// The weights of another run that a run began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmStart {
    /// That run's folder as the user gave it.
    pub run: String,
    /// Its epochs done then.
    pub epoch: u64,
    /// SHA-256 of the file of its weights.
    pub weights_sha256: String,
}

/// The files of another program that a run's weights were read from. How they were trained is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The program: `Keras`, `PyTorch`, `ONNX`.
    pub program: String,
    /// The files by name.
    pub files: BTreeMap<String, Digest>,
}

/// The data set that a run was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSet {
    /// Its name, or the path as the user gave it.
    pub name: String,
    /// Its files by name (after decompression); empty for a data set that is computed.
    pub files: BTreeMap<String, Digest>,
    /// Number of images in each split: `train`, `valid`, `test`.
    pub images: BTreeMap<String, u64>,
}

impl Document for Manifest {
    const FILE: File = MANIFEST;
}

impl Manifest {
    /// The manifest of a run that begins now on this machine; data and epochs are still to be filled in.
    pub fn new(program: impl Into<String>, recipe: impl Into<String>, seed: u64) -> Self {
        Self {
            program: program.into(),
            recipe: recipe.into(),
            recipe_sha256: String::new(),
            seed,
            status: Status::Running,
            created: now(),
            finished: None,
            epochs: Epochs::default(),
            data: DataSet::default(),
            values: Terms::new(),
            early_end: None,
            warm_start: None,
            import: None,
            machine: Machine::detect(),
            seconds: Terms::new(),
            files: BTreeMap::new(),
        }
    }
}

/// The time now, to the millisecond.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// A sealed file that is no longer what the manifest says; see [`crate::RunDir::altered`].
#[derive(Debug)]
pub struct AlteredFile {
    /// Path relative to the run directory.
    pub path: String,
    /// What is wrong with it: missing, unreadable or [`Error::Damaged`].
    pub error: Error,
}
