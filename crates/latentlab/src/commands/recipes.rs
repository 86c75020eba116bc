//! `recipes`: what ships, and the text of one.

use latentlab::data::DataSpec;
use latentlab::lab::numbers::{grouped, table};
use latentlab::model::Summary;
use latentlab::train::keys::{self, Key, Section};
use latentlab::train::{DEFAULT_RECIPE, RECIPES, Recipe, RecipeError};
use serde_json::json;

use crate::failure::Failure;
use crate::outcome::Outcome;

/// List the built-in recipes, or print one
///
/// A recipe is a TOML file that says everything about a training: data, network, objective, optimizer. Print
/// one, change it, and train the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab recipes
  latentlab recipes --show mnist-mlp-vae > my-recipe.toml
  latentlab train my-recipe.toml")]
pub struct Arguments {
    /// Print the TOML of this recipe
    #[arg(long, value_name = "NAME")]
    pub show: Option<String>,
}

/// Lists, or prints.
pub fn run(arguments: Arguments) -> Result<Outcome, Failure> {
    match &arguments.show {
        Some(name) => show(name),
        None => list(),
    }
}

fn show(name: &str) -> Result<Outcome, Failure> {
    let Some(recipe) = RECIPES.iter().find(|recipe| recipe.name == name) else {
        return Err(RecipeError::Unknown { name: name.to_owned() }.into());
    };
    Ok(Outcome::answer(recipe.toml, json!({ "name": recipe.name, "toml": recipe.toml })))
}

fn list() -> Result<Outcome, Failure> {
    let mut rows = vec![["recipe", "parameters", "latent", "what it is"].map(String::from).to_vec()];
    let mut entries = Vec::new();
    for built_in in RECIPES {
        let recipe = Recipe::open(built_in.name, &[])?;
        let (parameters, latent) = size(&recipe)?;
        let is_default = built_in.name == DEFAULT_RECIPE;
        let mark = if is_default { " (the default)" } else { "" };
        rows.push(vec![
            built_in.name.to_owned(),
            parameters.map_or_else(String::new, grouped),
            latent.clone(),
            format!("{}{mark}", recipe.description),
        ]);
        entries.push(json!({
            "name": built_in.name,
            "description": recipe.description,
            "default": is_default,
            "data": data_name(&recipe.data),
            "parameters": parameters,
            "epochs": recipe.training.epochs,
        }));
    }
    let text = format!(
        "{}\nlatentlab recipes --show NAME prints one; latentlab train NAME trains it\n",
        table(&rows)
    );
    Ok(Outcome::answer(text, json!({ "recipes": entries })))
}

/// Parameters, and the shape of the code, where the shape of the images is known beforehand.
fn size(recipe: &Recipe) -> Result<(Option<usize>, String), Failure> {
    let Some(shape) = recipe.input_shape() else { return Ok((None, String::new())) };
    let plan = recipe.check(shape)?;
    let summary = Summary::new(plan.network())?;
    let code = plan.network().shapes()?.code;
    Ok((Some(summary.parameters), code.to_string()))
}

fn data_name(spec: &DataSpec) -> Option<String> {
    spec.name.clone().or_else(|| spec.path.as_ref().map(|path| path.display().to_string()))
}
