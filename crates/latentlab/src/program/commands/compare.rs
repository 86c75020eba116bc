//! `compare`: any runs side by side.

use std::path::PathBuf;

use crate::lab::runs::SplitRequest;
use crate::lab::{Split, comparison};

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Compare runs: numbers, figures side by side, and what they say in words
///
/// All runs are measured on the test images of the first one's data set. The folder gets report.html, figures as
/// SVG and PNG, and results.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab compare runs/mnist-mlp-ae-1 runs/mnist-mlp-vae-1
  latentlab compare runs/small runs/large --names 'code of 2,code of 16' --out comparisons/code-size")]
pub struct Arguments {
    /// Folders of at least two runs whose images have the same shape
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub runs: Vec<PathBuf>,

    /// How the models are called, with commas between [default: the folders' names]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub names: Vec<String>,

    /// Another data set than the first run's own: a name, or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Folder to write [default: comparisons/comparison-N]
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Compares.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let names = names(&arguments)?;
    let images = SplitRequest::new(Split::Test, arguments.data, arguments.dirs.folders());
    let compared = comparison::compare_runs(&arguments.runs, &names, &images, arguments.out, &settings.lab)?;
    Ok(Outcome::comparison(&compared))
}

fn names(arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let (given, runs) = (arguments.names.len(), arguments.runs.len());
    if given != 0 && given != runs {
        return Err(Failure::mistake(format!("--names: {given} names for {runs} runs")));
    }
    if given != 0 {
        return Ok(arguments.names.clone());
    }
    let name = |run: &PathBuf| {
        run.file_name().map_or_else(|| run.display().to_string(), |name| name.to_string_lossy().into())
    };
    Ok(arguments.runs.iter().map(name).collect())
}
