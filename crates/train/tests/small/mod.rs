//! A training small enough for a test: 16 × 16 digits, some thousand parameters.
#![allow(dead_code)] // each test file uses its own part

use std::path::Path;
use std::sync::atomic::AtomicBool;

use data::{DataDirs, Splits};
use engine::Isa;
use run::{ExistingRun, RunDir};
use train::{Compute, Observer, Outcome, Override, Recipe, Record, TrainError, Trainer};

pub const RECIPE: &str = r#"
name = "small"
seed = 3

[data]
name = "synthetic-digits"
count = 300
size = 16

[model]
encoder = [{ layer = "flatten" }, { layer = "dense", units = 24, activation = "relu" }]
latent = { kind = "gaussian", size = 2 }
decoder = [{ layer = "dense", units = 24, activation = "relu" }, { layer = "dense", units = 256 }]

[objective]
reconstruction = { loss = "bce" }

[optimizer]
kind = "adam"
learning_rate = 3e-3

[training]
epochs = 4
batch_size = 32 # 243 training images: the last batch of an epoch has 19
"#;

pub fn recipe(overrides: &[&str]) -> Recipe {
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    Recipe::parse(RECIPE, "small.toml", &overrides).unwrap()
}

pub fn open(recipe: &Recipe) -> Splits {
    data::open(&recipe.data, &DataDirs::default(), &mut |_| ()).unwrap()
}

pub fn threads(threads: usize) -> Compute {
    Compute { threads, isa: Isa::best() }
}

pub fn trainer(overrides: &[&str], compute: Compute) -> (Trainer, Splits) {
    let recipe = recipe(overrides);
    let splits = open(&recipe);
    let plan = recipe.check(splits.train.shape()).unwrap();
    (Trainer::new(plan, &splits, compute).unwrap(), splits)
}

/// Trains in a run directory at `path`.
pub fn train_in(
    path: &Path,
    overrides: &[&str],
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> (RunDir, Result<Outcome, TrainError>) {
    let (mut trainer, splits) = trainer(overrides, threads(2));
    let (dir, mut manifest) =
        train::create_run(path, ExistingRun::Refuse, "test 1.0", &trainer, &splits).unwrap();
    let outcome = trainer.train(&mut Record::in_run(&dir).unwrap(), observer, stop);
    if let Ok(outcome) = &outcome {
        outcome.note_in(&mut manifest);
        dir.finish(&mut manifest, outcome.status()).unwrap();
    }
    (dir, outcome)
}

/// A stop flag that nobody raises.
pub static GO: AtomicBool = AtomicBool::new(false);
