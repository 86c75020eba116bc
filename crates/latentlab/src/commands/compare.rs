//! `compare`: any runs side by side.

use std::collections::BTreeMap;
use std::path::PathBuf;

use latentlab::run::new_folder;
use latentlab::train::Show;

use crate::comparing::{self, Compared, Member, Subject};
use crate::data_source::{DirArguments, Split};
use crate::failure::Failure;
use crate::numbers::table;
use crate::opened::{RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::settings::Settings;

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
    let mut opened = Vec::new();
    for run in &arguments.runs {
        opened.push(RunArguments { run: run.clone(), checkpoint: None }.open(settings)?);
    }
    let images = SplitArguments::new(Split::Test, arguments.data, arguments.dirs);
    let splits = images.open(&opened[0], settings)?;
    for other in &opened {
        other.check_shape(&splits.test)?;
    }
    let mut members = Vec::new();
    for (name, opened) in names.iter().zip(opened) {
        members.push(Member::new(name.clone(), vec![opened], BTreeMap::new(), &splits, settings)?);
    }
    let folder = match arguments.out {
        Some(out) => out,
        None => new_folder("comparisons", "comparison")?,
    };
    let subject = Subject { title: names.join(" · "), description: String::new(), show: Show::default() };
    let compared = comparing::compare(&subject, &mut members, &splits, &folder, settings)?;
    Ok(outcome(&compared, false))
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

/// What is said of a comparison.
pub fn outcome(compared: &Compared, interrupted: bool) -> Outcome {
    let mut text = table(&compared.table);
    if !compared.words.is_empty() {
        text += &format!("\n{}\n", compared.words);
    }
    text += &format!("\n  {}\n", compared.report.display());
    let report = compared.report.display().to_string();
    Outcome::answer(text, compared.json.clone())
        .with("files", vec![report])
        .with("figures", compared.figures.clone())
        .interrupted(interrupted)
}
