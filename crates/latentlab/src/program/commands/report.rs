//! `report`: everything about a run, or a study, on one page.

use std::sync::atomic::Ordering;

use crate::lab::runs::SplitRequest;
use crate::lab::{Split, comparison, run_report};

use crate::program::failure::Failure;
use crate::program::image_arguments::{Checkpoint, DirArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Write report.html, one page with everything about a run or a study
///
/// The page opens from the folder, without a network, on a phone and in print. First what was trained and what the
/// numbers say; then curves, reconstructions, samples, maps, diagnostics, layers and metrics. Pointing at a figure
/// says the value there, and on maps shows the image of the point. All figures are drawn again with the best
/// weights, and kept as SVG and PNG in the run. What `evaluate --full` found before is part of it. Ctrl-C ends it after
/// the part at work, and writes the page without the rest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab report runs/mnist-mlp-vae-1
  latentlab evaluate runs/mnist-mlp-vae-1 --full && latentlab report runs/mnist-mlp-vae-1
  latentlab report runs/faces-1 --data photos/ --checkpoint last
  latentlab report studies/kl-weight                           its runs measured and drawn once more")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// The run's data set, where it has moved: a name, or a path of the same kind
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Writes the page.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let images = SplitRequest::new(Split::Test, arguments.data, arguments.dirs.folders());
    if comparison::is_in(&arguments.run.run) {
        let slot = arguments.run.checkpoint.map(Checkpoint::slot);
        return Ok(Outcome::comparison(&comparison::renew(
            &arguments.run.run,
            slot,
            &images,
            &settings.lab,
        )?));
    }
    let stop = settings
        .stop_flag("finishing the part at work, then writing the page without the rest", "writing no page")?;
    let mut run = arguments.run.open(settings)?;
    let splits = images.open(&run, &settings.lab)?;
    let written = run_report::draw_and_write(&mut run, &splits, &settings.lab, &stop)?;
    let without = match written.missing.is_empty() {
        true => String::new(),
        false => format!(", interrupted before: {}", written.missing.join(", ")),
    };
    let what = format!("report with {} figures{without}", written.figures.len());
    let outcome = Outcome::files(&what, &[written.path]).with("figures", written.figures);
    Ok(outcome.interrupted(stop.load(Ordering::SeqCst)))
}
