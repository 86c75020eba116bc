//! Recipes and the training loop.
//!
//! A [`Recipe`] is a TOML file; [`Recipe::check`] makes a [`Plan`] of it; a [`Trainer`] trains it and leaves
//! events and checkpoints in a run directory; [`open_run`] opens the result. Knows no figures.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use train::{Compute, Recipe, Record, Trainer};
//!
//! let quick = ["data.count=300".parse()?, "training.epochs=2".parse()?];
//! let recipe = Recipe::open(train::DEFAULT_RECIPE, &quick)?;
//! let splits = data::open(&recipe.data, &data::DataDirs::default(), &mut |_event| ())?;
//! let plan = recipe.check(splits.train.shape())?;
//!
//! let folder = tempfile::tempdir()?;
//! let existing = run::Existing::Refuse;
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
//! assert!((terms.total - terms.reconstruction - terms.kl).abs() < 1e-6);
//! let embedding = trained.model.encode_from(&trained.seen(&splits.test), splits.test.len());
//! assert_eq!((embedding.len(), embedding.dims()), (30, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bookkeeping;
mod built_in;
mod check;
mod clock;
mod error;
mod estimate;
mod evaluate;
mod field_path;
mod health;
mod membership;
mod memory;
mod observer;
mod open_run;
mod origin;
mod overrides;
mod parse;
mod progress;
mod purpose;
mod recipe;
mod record;
mod resume;
mod schedule;
mod sensible;
mod source;
mod study;
mod tagged;
mod terms;
mod text;
mod trainer;
mod warm_start;
mod write;

pub use built_in::{BUILT_IN, BuiltIn, DEFAULT_RECIPE};
pub use check::Plan;
pub use clock::Seconds;
pub use error::{FieldError, RecipeError, StudyError, TrainError};
pub use estimate::Estimate;
pub use evaluate::evaluate;
pub use membership::{DataChange, as_trained, membership, trained_on};
pub use observer::{EpochDone, Observer, Start, Step};
pub use open_run::{Trained, open_run};
pub use origin::Origin;
pub use overrides::Override;
pub use parse::data_spec;
pub use progress::Best;
pub use purpose::Purpose;
pub use recipe::{
    EarlyStopping, ModelSpec, Monitor, OnDivergence, OptimizerSpec, Plane, Recipe, SCHEMA, Training, Views,
};
pub use record::{Record, create_run, is_data_of, recipe_sha256};
pub use resume::recipe_of;
pub use schedule::{Decay, Schedule};
pub use sensible::{Demand, Sensible, sensible, sensible_size};
pub use source::Seen;
pub use study::{BuiltInStudy, STUDIES, Show, Strips, Study, StudyModel, Sweep};
pub use terms::named_terms;
pub use trainer::{Compute, Ending, Outcome, Trainer};
pub use warm_start::FirstWeights;
