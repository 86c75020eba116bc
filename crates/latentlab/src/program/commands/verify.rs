//! `verify`: whether a run is what it says it is.

use std::path::{Path, PathBuf};

use crate::lab::numbers::table;
use crate::lab::verification::{Check, Verification, verify};
use serde_json::{Value, json};

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

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

/// Looks at everything.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let dirs = (!arguments.no_data).then(|| arguments.dirs.folders());
    let verification = verify(&arguments.run, dirs.as_ref(), &settings.lab)?;
    Ok(outcome(&arguments.run, &verification))
}

fn outcome(run: &Path, verification: &Verification) -> Outcome {
    let Verification { manifest, checks } = verification;
    let wrong = verification.wrong();
    let mark = |check: &Check| match &check.finding {
        Ok(text) => ("ok", text.clone()),
        Err(text) => ("WRONG", text.clone()),
    };
    let row = |check: &Check| {
        let (mark, text) = mark(check);
        vec![check.what.clone(), mark.to_owned(), text]
    };
    let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
    let path = run.display();
    let mut text = format!("{path}: {}, {}\n\n{}", manifest.recipe, manifest.status, table(&rows));
    text += &match wrong {
        0 => format!("\nall {} checks passed\n", checks.len()),
        wrong => format!("\n{wrong} of {} checks failed\n", checks.len()),
    };
    let entry = |check: &Check| {
        let (_, found) = mark(check);
        json!({ "what": check.what, "ok": check.finding.is_ok(), "found": found })
    };
    let entries: Vec<Value> = checks.iter().map(entry).collect();
    let json = json!({
        "run": path.to_string(), "status": manifest.status.to_string(), "ok": wrong == 0, "checks": entries,
    });
    Outcome::answer(text, json).failed(wrong > 0)
}
