//! `verify`: whether a run is what it says it is.

use std::path::PathBuf;

use latentlab::run::{Event, Events, Manifest, RunDir, Slot, Terms};
use latentlab::train::{Trained, named_terms, open_run, recipe_of, recipe_sha256};
use serde_json::{Value, json};

use crate::commands::evaluate::{TERMS, stored};
use crate::data_source::{DATA_BACK, DataPlace, DirArguments, Split};
use crate::failure::Failure;
use crate::numbers::table;
use crate::outcome::Outcome;
use crate::settings::Settings;

/// Numbers computed again may differ by this much of their value: sums run in another order when other numbers of
/// images go through the net at a time.
const TOLERANCE: f64 = 1e-4;

/// Check that a run is whole and says the truth
///
/// Looks at every hash and every file's form, opens both checkpoints, and computes again from the weights what the
/// run says of its losses. The exit code is 1 if anything is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab verify runs/mnist-mlp-vae-1
  latentlab verify runs/mnist-mlp-vae-1 --json --data-dir ~/data
  latentlab verify runs/mnist-mlp-vae-1 --no-data      hashes and forms only, where the images are not at hand")]
pub struct Arguments {
    /// Folder of the run
    pub run: PathBuf,

    /// Do not open the images; nothing is then computed again
    #[arg(long)]
    pub no_data: bool,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// What was looked at, and what is wrong with it.
struct Check {
    what: String,
    found: Result<String, String>,
}

/// Looks at everything.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let run = RunDir::open(&arguments.run)?;
    let manifest: Manifest = run.read()?;
    let mut checks = files(&run, &manifest);
    let mut opened = Vec::new();
    for slot in Slot::ALL {
        let what = format!("checkpoint {}", slot.name());
        match open_run(&run, Some(slot), settings.compute()?) {
            Ok(trained) if trained.warnings.is_empty() => {
                checks.push(Check { what, found: Ok(format!("epoch {}", trained.epoch)) });
                opened.push(trained);
            }
            Ok(trained) => checks.push(Check { what, found: Err(trained.warnings.join("; ")) }),
            Err(error) => checks.push(Check { what, found: Err(error.to_string()) }),
        }
    }
    if !arguments.no_data {
        checks.extend(numbers(&run, &mut opened, &arguments, settings)?);
    }
    Ok(outcome(&run, &manifest, &checks))
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
    checks.push(Check { what: "hashes".into(), found });
    let recipe = recipe_of(run, None).map_err(|error| error.to_string()).and_then(|recipe| {
        let now = recipe_sha256(&recipe).map_err(|error| error.to_string())?;
        if manifest.recipe_sha256.is_empty() || now == manifest.recipe_sha256 {
            Ok(recipe.name)
        } else {
            Err("is not the one that the run was begun with".to_owned())
        }
    });
    checks.push(Check { what: "recipe".into(), found: recipe });
    let events = run.events().map_err(|error| error.to_string()).and_then(|events| match events.torn {
        None => Ok(format!("{} events, {} epochs", events.lines.len(), events.epochs().len())),
        Some(torn) => Err(format!("line {} is cut off after {} bytes", torn.line, torn.bytes)),
    });
    checks.push(Check { what: "events".into(), found: events });
    let metrics = stored(run).map_err(|failure| failure.to_string()).map(|metrics| {
        let count: usize = metrics.splits.values().map(|split| split.metrics.len()).sum();
        format!("{count} numbers")
    });
    checks.push(Check { what: "metrics".into(), found: metrics });
    checks
}

/// What the run says of its losses, computed again from the weights.
fn numbers(
    run: &RunDir,
    opened: &mut [Trained],
    arguments: &Arguments,
    settings: &Settings,
) -> Result<Vec<Check>, Failure> {
    let Some(first) = opened.first() else { return Ok(Vec::new()) };
    let place = DataPlace::of_run(run, &first.recipe.data, &arguments.dirs);
    let splits = place.open(DATA_BACK, settings)?;
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
                checks.push(Check { what, found: compare(|name| epoch.valid.get(name).copied(), &now) });
            }
            if let Some(kept) = kept {
                let found = compare(|name| kept.metrics.get(name).map(|metric| metric.value), &now);
                checks.push(Check { what: format!("{} losses in metrics.json", split.name()), found });
            }
        }
    }
    Ok(checks)
}

/// Whether the checkpoint was saved at the end of an epoch: one saved by an interruption has gone on from there.
fn is_at_epoch_end(events: &Events, trained: &Trained) -> bool {
    let saved = events.lines.iter().rev().find_map(|line| match &line.event {
        Event::Checkpoint { slot, step, .. } if *slot == trained.slot => Some(*step),
        _ => None,
    });
    let ended = events.epochs().iter().find(|epoch| epoch.epoch == trained.epoch).map(|epoch| epoch.step);
    saved == ended
}

fn compare(then: impl Fn(&str) -> Option<f64>, now: &Terms) -> Result<String, String> {
    let mut same = Vec::new();
    for name in TERMS {
        let (Some(then), Some(now)) = (then(name), now.get(name).copied()) else { continue };
        let agrees = (then - now).abs() <= TOLERANCE * then.abs().max(1e-3);
        if !agrees {
            return Err(format!("{name} is {now}, the run says {then}"));
        }
        same.push(format!("{name} {now:.4}"));
    }
    Ok(same.join(", "))
}

fn outcome(run: &RunDir, manifest: &Manifest, checks: &[Check]) -> Outcome {
    let wrong = checks.iter().filter(|check| check.found.is_err()).count();
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let (mark, text) = match &check.found {
                Ok(text) => ("ok", text),
                Err(text) => ("WRONG", text),
            };
            vec![check.what.clone(), mark.to_owned(), text.clone()]
        })
        .collect();
    let path = run.path().display();
    let mut text = format!("{path}: {}, {}\n\n{}", manifest.recipe, manifest.status, table(&rows));
    text += &match wrong {
        0 => format!("\nall {} checks passed\n", checks.len()),
        wrong => format!("\n{wrong} of {} checks failed\n", checks.len()),
    };
    let entries: Vec<Value> = checks
        .iter()
        .map(|check| {
            let (ok, said) = match &check.found {
                Ok(text) => (true, text),
                Err(text) => (false, text),
            };
            json!({ "what": check.what, "ok": ok, "found": said })
        })
        .collect();
    let json = json!({
        "run": path.to_string(), "status": manifest.status.to_string(), "ok": wrong == 0, "checks": entries,
    });
    Outcome::answer(text, json).failed(wrong > 0)
}
