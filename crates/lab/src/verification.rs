//! Whether a run is what it says it is.

use std::path::Path;

use run::{Event, Events, Manifest, RunDir, Slot, Terms};
use train::{TrainedModel, named_terms, open_run, ordered_terms, recipe_of, recipe_sha256};

use crate::data_place::{DATA_BACK, DataFolders, DataPlace};
use crate::error::Error;
use crate::evaluation::metrics_file::stored;
use crate::lab::Lab;
use crate::split::Split;

/// Numbers computed again may differ by this much of their value: sums run in another order when other numbers of
/// images go through the net at a time.
const TOLERANCE: f64 = 1e-4;

/// What was looked at, and what is wrong with it.
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// What it holds, or what is wrong with it.
    pub finding: Result<String, String>,
}

/// All that was looked at.
pub struct Verification {
    /// What the run says of itself.
    pub manifest: Manifest,
    /// In the order in which they were looked at.
    pub checks: Vec<Check>,
}

impl Verification {
    /// How many checks found something wrong.
    pub fn wrong(&self) -> usize {
        self.checks.iter().filter(|check| check.finding.is_err()).count()
    }
}

/// Looks at every hash and every file's form of the run in `folder`, opens both checkpoints, and where `dirs` says where
/// data are, computes again from the weights what the run says of its losses.
///
/// ```no_run
/// use lab::data_place::DataFolders;
///
/// let lab = lab::Lab::default();
/// let verification = lab::verification::verify("runs/mnist-mlp-vae-1", Some(&DataFolders::default()), &lab)?;
/// assert_eq!(verification.wrong(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no run, or its data cannot be opened.
pub fn verify(
    folder: impl AsRef<Path>,
    dirs: Option<&DataFolders>,
    lab: &Lab,
) -> Result<Verification, Error> {
    let run = RunDir::open(folder.as_ref())?;
    let manifest: Manifest = run.read()?;
    let mut checks = files(&run, &manifest);
    let mut opened = Vec::new();
    for slot in Slot::ALL {
        let what = format!("checkpoint {}", slot.name());
        let finding = match open_run(&run, Some(slot), lab.compute()?) {
            Ok(trained) if trained.warnings.is_empty() => {
                let epoch = format!("epoch {}", trained.epoch);
                opened.push(trained);
                Ok(epoch)
            }
            Ok(trained) => Err(trained.warnings.join("; ")),
            Err(error) => Err(error.to_string()),
        };
        checks.push(Check { what, finding });
    }
    if let Some(dirs) = dirs {
        checks.extend(numbers(&run, &mut opened, dirs, lab)?);
    }
    Ok(Verification { manifest, checks })
}

/// Hashes and forms.
fn files(run: &RunDir, manifest: &Manifest) -> Vec<Check> {
    let mut checks = Vec::new();
    let altered = run.altered(manifest);
    let found = match (manifest.files.len(), altered.first()) {
        (_, Some(first)) => Err(altered
            .iter()
            .skip(1)
            .fold(first.error.to_string(), |all, next| format!("{all}; {}", next.error))),
        (0, None) => Ok(format!("none recorded: the run is {}", manifest.status)),
        (files, None) => Ok(format!("{files} files")),
    };
    checks.push(Check { what: "hashes".into(), finding: found });
    let recipe = recipe_of(run, None).map_err(|error| error.to_string()).and_then(|recipe| {
        let now = recipe_sha256(&recipe).map_err(|error| error.to_string())?;
        if manifest.recipe_sha256.is_empty() || now == manifest.recipe_sha256 {
            Ok(recipe.name)
        } else {
            Err("is not the one that the run was begun with".to_owned())
        }
    });
    checks.push(Check { what: "recipe".into(), finding: recipe });
    let events = run.events().map_err(|error| error.to_string()).and_then(|events| match events.torn {
        None => Ok(format!("{} events, {} epochs", events.lines.len(), events.epochs().len())),
        Some(torn) => Err(format!("line {} is cut off after {} bytes", torn.line, torn.bytes)),
    });
    checks.push(Check { what: "events".into(), finding: events });
    let metrics = stored(run).map_err(|error| error.to_string()).map(|metrics| {
        let count: usize = metrics.splits.values().map(|split| split.metrics.len()).sum();
        format!("{count} numbers")
    });
    checks.push(Check { what: "metrics".into(), finding: metrics });
    checks
}

/// What the run says of its losses, computed again from the weights.
fn numbers(
    run: &RunDir,
    opened: &mut [TrainedModel],
    dirs: &DataFolders,
    lab: &Lab,
) -> Result<Vec<Check>, Error> {
    let Some(first) = opened.first() else { return Ok(Vec::new()) };
    let place = DataPlace::of_run(run, &first.recipe.data, dirs);
    let splits = place.open(DATA_BACK, lab)?;
    let (events, metrics) = (run.events()?, stored(run)?);
    let mut checks = Vec::new();
    for trained in opened {
        // What the log says of the checkpoint's epoch, and what was measured of these weights.
        let epochs = events.epochs();
        let epoch = epochs.iter().find(|epoch| epoch.epoch == trained.epoch);
        let epoch = epoch.filter(|_| is_at_epoch_end(&events, trained));
        for split in [Split::Train, Split::Valid, Split::Test] {
            let logged = epoch.filter(|_| split == Split::Valid);
            let kept = metrics.splits.get(split.name());
            let kept = kept.filter(|kept| kept.weights_sha256 == trained.weights_sha256);
            if logged.is_none() && kept.is_none() {
                continue;
            }
            let terms = trained.evaluate(split.of(&splits))?;
            let now = named_terms(&terms, trained.model.network());
            if let Some(epoch) = logged {
                let what = format!("valid losses of {}", trained.slot.name());
                checks.push(Check { what, finding: compare(|name| epoch.valid.get(name).copied(), &now) });
            }
            if let Some(kept) = kept {
                let found = compare(|name| kept.metrics.get(name).map(|metric| metric.value), &now);
                checks
                    .push(Check { what: format!("{} losses in metrics.json", split.name()), finding: found });
            }
        }
    }
    Ok(checks)
}

/// Whether the checkpoint was saved at the end of an epoch: one saved by an interruption has gone on from there.
fn is_at_epoch_end(events: &Events, trained: &TrainedModel) -> bool {
    let saved = events.lines.iter().rev().find_map(|line| match &line.event {
        Event::Checkpoint { slot, step, .. } if *slot == trained.slot => Some(*step),
        _ => None,
    });
    let ended = events.epochs().iter().find(|epoch| epoch.epoch == trained.epoch).map(|epoch| epoch.step);
    saved == ended
}

fn compare(then: impl Fn(&str) -> Option<f64>, now: &Terms) -> Result<String, String> {
    let mut same = Vec::new();
    for (term, now) in ordered_terms(now) {
        let name = term.name();
        let Some(then) = then(name) else { continue };
        let agrees = (then - now).abs() <= TOLERANCE * then.abs().max(1e-3);
        if !agrees {
            return Err(format!("{name} is {now}, the run says {then}"));
        }
        same.push(format!("{name} {now:.4}"));
    }
    Ok(same.join(", "))
}
