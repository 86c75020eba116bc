//! Recipes and the training loop.
//!
//! A [`Recipe`] is a TOML file; [`Recipe::check`] makes a [`Plan`] of it; a [`Trainer`] trains it and leaves
//! events and checkpoints in a run directory; [`open_run`] opens the result. Knows no figures.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use network::Term;
//! use train::{Compute, Recipe, Record, Trainer};
//!
//! let quick = ["data.count=300".parse()?, "training.epochs=2".parse()?];
//! let recipe = Recipe::open(train::DEFAULT_RECIPE, &quick)?;
//! let splits = data::open(&recipe.data, &data::DataDirs::default(), &mut |_event| ())?;
//! let plan = recipe.check(splits.train.shape())?;
//!
//! let folder = tempfile::tempdir()?;
//! let existing = run::ExistingRun::Refuse;
//! let mut trainer = Trainer::new(plan, &splits, Compute::default())?;
//! let (dir, mut manifest) =
//!     train::create_run(&folder.path().join("run"), existing, "example 1.0", &trainer, &splits)?;
//! let outcome = trainer.train(&mut Record::in_run(&dir)?, &mut (), &AtomicBool::new(false))?;
//! outcome.note_in(&mut manifest);
//! dir.finish(&mut manifest, outcome.status())?;
//! assert_eq!(outcome.epochs, 2);
//!
//! let mut trained = train::open_run(&dir, None, Compute::default())?;
//! let terms = trained.evaluate(&splits.test)?;
//! assert!((terms.total() - terms[Term::Reconstruction] - terms[Term::Kl]).abs() < 1e-6);
//! let embedding = trained.model.encode_from(&trained.source(&splits.test), splits.test.len());
//! assert_eq!((embedding.len(), embedding.dims()), (30, 8));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod built_in;
mod compute;
mod error;
mod evaluation;
mod first_weights;
pub mod keys;
mod membership;
mod observer;
mod output_bias;
mod pace;
mod provenance;
mod recipe;
mod recipe_choice;
mod record;
mod run_recipe;
mod saved_progress;
mod source;
mod study;
mod terms;
mod trained_model;
mod trainer;

pub use built_in::{BuiltInRecipe, BuiltInStudy, DEFAULT_RECIPE, RECIPES, STUDIES};
pub use compute::Compute;
pub use error::{FieldError, RecipeError, StudyError, TrainError};
pub use evaluation::evaluate;
pub use first_weights::FirstWeights;
pub use membership::{DataChange, count_trained, membership, training_splits};
pub use observer::{EpochReport, Observer, StartReport, StepReport};
pub use pace::pace;
pub use provenance::{is_data_of, recipe_sha256};
pub use recipe::overrides::Override;
pub use recipe::parse::data_spec;
pub use recipe::plan::Plan;
pub use recipe::purpose::Purpose;
pub use recipe::schedule::{Decay, MilestoneFactor, Schedule};
pub use recipe::{
    EarlyStopping, ModelSpec, Monitor, OnDivergence, OptimizerSpec, Origin, OutputBias, Plane, Recipe,
    SCHEMA, Training, Views, WeightAverage,
};
pub use recipe_choice::{
    Aim, ChosenRecipe, Demand, Pace, USUAL_BUDGET, choose_recipe, choose_size, choose_tiles,
};
pub use record::Record;
pub use run_recipe::recipe_of;
pub use saved_progress::SavedProgress;
pub use source::ImageSource;
pub use study::{
    Draw, DrawMethod, LatentStrips, LatentViews, Scale, Space, StopRule, Study, StudyModel, Sweep, Variation,
    lowest_loss,
};
pub use terms::{distinct_terms, named_terms, ordered_terms};
pub use trained_model::{TrainedModel, open_run};
pub use trainer::estimate::Estimate;
pub use trainer::new_run::create_run;
pub use trainer::{Best, Ending, Outcome, Seconds, Trainer};
