//! `summary`: the layers of a recipe or a run.

use std::path::Path;

use crate::model::Summary;
use crate::network::Network;
use crate::run::RunDir;
use crate::train::{Override, Recipe, open_run};

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Print the layers of a recipe or a run: output shapes, parameters, size
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab summary mnist-conv-vae
  latentlab summary my-recipe.toml --set model.latent.size=16
  latentlab summary runs/mnist-conv-vae-1 --json")]
pub struct Arguments {
    /// Built-in recipe, TOML file, or folder of a run
    #[arg(value_name = "RECIPE|RUN")]
    pub what: String,

    /// A setting of the recipe to change first; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Prints the table.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let network = network(&arguments, settings)?;
    let summary = Summary::new(&network)?;
    let json = serde_json::to_value(&summary).map_err(Failure::fault)?;
    Ok(Outcome::answer(summary.to_string(), json))
}

fn network(arguments: &Arguments, settings: &Settings) -> Result<Network, Failure> {
    if Path::new(&arguments.what).is_dir() {
        if let Some(setting) = arguments.settings.first() {
            let failure = Failure::mistake(format!(
                "--set {setting}: {} is a run, which stays as it is",
                arguments.what
            ));
            return Err(failure.hint("settings can be changed in a recipe"));
        }
        let run = RunDir::open(&arguments.what)?;
        return Ok(open_run(&run, None, settings.lab.compute()?)?.model.network().clone());
    }
    let overrides: Vec<Override> =
        arguments.settings.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?;
    let recipe = Recipe::open(&arguments.what, &overrides)?;
    let shape = match recipe.input_shape() {
        Some(shape) => shape,
        None => arguments.dirs.folders().open(&recipe.data, &settings.lab)?.train.shape(),
    };
    Ok(recipe.check(shape)?.network().clone())
}
