//! `report`: everything about a run, or a study, on one page.

use std::path::Path;
use std::sync::atomic::Ordering;

use crate::commands::compare;
use crate::comparing::{self, Again, Member};
use crate::data_source::{DirArguments, Split};
use crate::failure::Failure;
use crate::interrupt::stop_flag;
use crate::opened::{RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::reporting;
use crate::settings::Settings;

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
    let folder = arguments.run.run.clone();
    if Again::is_in(&folder) {
        return compared(&folder, arguments, settings);
    }
    let stop =
        stop_flag("finishing the part at work, then writing the page without the rest", "writing no page")?;
    let mut opened = arguments.run.open(settings)?;
    let images = SplitArguments::new(Split::Test, arguments.data, arguments.dirs);
    let splits = images.open(&opened, settings)?;
    let written = reporting::draw_and_write(&mut opened, &splits, settings, &stop)?;
    let without = match written.missing.is_empty() {
        true => String::new(),
        false => format!(", interrupted before: {}", written.missing.join(", ")),
    };
    let what = format!("report with {} figures{without}", written.figures.len());
    let outcome = Outcome::files(&what, &[written.path]).with("figures", written.figures);
    Ok(outcome.interrupted(stop.load(Ordering::SeqCst)))
}

/// The page of a study or comparison.
fn compared(folder: &Path, arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let Again { subject, models } = Again::open(folder)?;
    let images = SplitArguments::new(Split::Test, arguments.data, arguments.dirs);
    let mut splits = None;
    let mut members = Vec::new();
    for model in models {
        let mut opened = Vec::new();
        for run in model.runs {
            let run = RunArguments { run, checkpoint: arguments.run.checkpoint }.open(settings)?;
            if splits.is_none() {
                splits = Some(images.open(&run, settings)?);
            }
            opened.push(run);
        }
        let Some(splits) = &splits else { continue };
        opened.iter().try_for_each(|run| run.check_shape(&splits.test))?;
        members.push(Member::new(model.name, opened, model.published, splits, settings)?);
    }
    let Some(splits) = splits else {
        return Err(Failure::mistake(format!("{}: its results name no runs", folder.display())));
    };
    Ok(compare::outcome(&comparing::compare(&subject, &mut members, &splits, folder, settings)?, false))
}
