//! `recipes`: what ships, the text of one, and every key that one may have.

use crate::data::DataSpec;
use crate::lab::numbers::{grouped, table};
use crate::model::Summary;
use crate::train::keys::{self, Key, Section};
use crate::train::{DEFAULT_RECIPE, RECIPES, Recipe, RecipeError};
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::outcome::Outcome;

/// List the built-in recipes, print one, or explain the keys
///
/// A recipe is a TOML file that says everything about a training: data, network, objective, optimizer. Print
/// one, change it, and train the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab recipes
  latentlab recipes --show mnist-mlp-vae > my-recipe.toml
  latentlab recipes --keys optimizer
  latentlab train my-recipe.toml")]
pub struct Arguments {
    /// Print the TOML of this recipe
    #[arg(long, value_name = "NAME")]
    pub show: Option<String>,

    /// Print every key of recipes and studies, or those of one table: type, range, default, example
    #[arg(long, value_name = "SECTION", num_args = 0..=1, default_missing_value = "", conflicts_with = "show")]
    pub keys: Option<String>,
}

/// Lists, or prints.
pub fn run(arguments: Arguments) -> Result<Outcome, Failure> {
    match (&arguments.show, &arguments.keys) {
        (Some(name), _) => show(name),
        (None, Some(section)) => explain(section),
        (None, None) => list(),
    }
}

/// The keys of a section and those below it; of all for an empty name.
fn explain(name: &str) -> Result<Outcome, Failure> {
    let all = || keys::KEYS.iter().flatten();
    let sections: Vec<&Section> =
        if name.is_empty() { all().collect() } else { keys::sections(name).collect() };
    if sections.is_empty() {
        let names: Vec<&str> = all().map(|section| section.name).collect();
        return Err(Failure::mistake(format!("--keys {name}: must be one of {}", names.join(", "))));
    }
    let text: Vec<String> = sections.iter().map(|section| section.to_string()).collect();
    let entry = |section: &Section, key: &Key| {
        json!({
            "section": section.name,
            "key": key.name,
            "kinds": key.kinds,
            "type": key.values.kind(),
            "range": key.values.range(),
            "default": key.default_text(),
            "example": key.example,
            "about": key.about,
        })
    };
    let entries: Vec<_> =
        sections.iter().flat_map(|section| section.keys.iter().map(|key| entry(section, key))).collect();
    Ok(Outcome::answer(text.join("\n"), json!({ "keys": entries })))
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
