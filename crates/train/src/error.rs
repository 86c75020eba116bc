//! What can go wrong with a recipe, and with a training.

use std::fmt;
use std::io;
use std::path::PathBuf;

use data::DataError;
use engine::ExecutorError;
use model::ModelError;

use crate::built_in::{recipe_names, study_names};
use crate::terms::list_summands;

/// A recipe cannot be read or used.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// Neither a built-in recipe nor a file.
    #[error("{name}: no recipe of this name, and no file; built-in recipes: {}", recipe_names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("{}: cannot read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// The text is not TOML.
    #[error("{file}:{line}:{column}: not valid TOML: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What TOML expects there.
        message: String,
    },
    /// A field that is unknown, missing, or holds what cannot be used.
    #[error(transparent)]
    Field(Box<FieldError>),
    /// A setting from the command line that cannot be put in place.
    #[error("command line: {text}: {reason}")]
    Override {
        /// As given.
        text: String,
        /// Why not.
        reason: String,
    },
    /// A value that TOML has no form for.
    #[error("the recipe cannot be written: {reason}")]
    Write {
        /// What TOML says.
        reason: String,
    },
}

/// A field of a recipe that cannot be used: `recipe.toml:31:14: training.batch_size = 0: must be at least 1`.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldError {
    /// `recipe.toml:31:14: ` or `command line: `; empty for a recipe made in Rust.
    pub place: String,
    /// Its full path.
    pub field: String,
    /// What it holds; `None` where it is missing.
    pub value: Option<String>,
    /// What it may hold.
    pub allowed: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, field, value, allowed } = self;
        match value {
            Some(value) => write!(f, "{place}{field} = {value}: {allowed}"),
            None => write!(f, "{place}{field}: {allowed}"),
        }
    }
}

impl std::error::Error for FieldError {}

/// A training, or the opening of its result, failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run directory.
    #[error(transparent)]
    Run(#[from] run::Error),
    /// The engine cannot run the network.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The weights in memory cannot be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file of a checkpoint cannot be used.
    #[error("{}: checkpoint: {error}", path.display())]
    Checkpoint {
        /// The run.
        path: PathBuf,
        /// What is wrong.
        error: Box<ModelError>,
    },
    /// A checkpoint's counters cannot be read.
    #[error("{}: checkpoint: state {reason}", path.display())]
    State {
        /// The run.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A training's counters cannot be written.
    #[error("the counters of the training cannot be saved: {reason}")]
    Counters {
        /// What is wrong.
        reason: String,
    },
    /// Recipe and weights of a run are of different networks.
    #[error("{}: {part} of the weights is not that of the recipe: they belong to different runs", path.display())]
    Mismatch {
        /// The run.
        path: PathBuf,
        /// `input`, `encoder`, `latent`, `decoder` or `objective`.
        part: &'static str,
    },
    /// Weights to begin with are of a network of other shapes.
    #[error(
        "{}: its weights are of another network: {tensor} is {there} there, {here} here; a warm start needs a net of \
         the same shapes (latentlab summary shows both)",
        path.display()
    )]
    OtherShapes {
        /// The run of the weights.
        path: PathBuf,
        /// The first tensor that differs, by name.
        tensor: String,
        /// Its shape in the weights, or `absent`.
        there: String,
        /// Its shape in the network that is to be trained, or `absent`.
        here: String,
    },
    /// A training cannot go on: it would no longer be the one that was begun.
    #[error("{}: cannot go on: {what}", path.display())]
    Changed {
        /// The run.
        path: PathBuf,
        /// What is no longer as it was.
        what: String,
    },
    /// Images of another shape than the network takes.
    #[error("{what} are {found}, the network takes {expected}")]
    Images {
        /// Which.
        what: &'static str,
        /// Their shape.
        found: String,
        /// The network's.
        expected: String,
    },
    /// The loss is no longer a number, or has exploded.
    #[error(
        "training diverged: in epoch {epoch}, step {step}, the {split} total became {} ({}); \
         {place}; lower optimizer.learning_rate or set optimizer.clip_norm; {weights}",
        terms.get("total").copied().unwrap_or(f64::NAN), list_summands(terms)
    )]
    Diverged {
        /// Epoch, from 1.
        epoch: u64,
        /// Step, from 1.
        step: u64,
        /// `training` or `validation`.
        split: &'static str,
        /// The loss terms by name.
        terms: Box<run::Terms>,
        /// Where it shows: the first tensor that is no longer finite, in words.
        place: String,
        /// Which weights are left, in words.
        weights: String,
    },
}

/// A study cannot be read or used.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// Neither a built-in study nor a file.
    #[error("{name}: no study of this name, and no file; built-in studies: {}", study_names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The text is not TOML, or holds what a study has no place for.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A field that holds what cannot be used.
    #[error("{file}: {field} = {value}: {allowed}")]
    Field {
        /// The file.
        file: String,
        /// Its path.
        field: String,
        /// What it holds.
        value: String,
        /// What it may hold.
        allowed: String,
    },
    /// Values for a study that has no sweep, or one of several keys.
    #[error("{name}: has no sweep of one key that could take other values")]
    NoSweep {
        /// The study.
        name: String,
    },
    /// One of its recipes.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

/// `fn main() -> Result<(), Box<dyn Error>>` prints errors by `Debug`: it gets the sentence too.
macro_rules! shown_as_sentences {
    ($($error:ty),*) => {$(
        impl fmt::Debug for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

shown_as_sentences!(FieldError, RecipeError, TrainError, StudyError);

#[cfg(test)]
mod messages;
