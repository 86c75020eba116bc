//! `study`: several recipes, trained and compared.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use latentlab::data::Splits;
use latentlab::run::{Existing, Manifest, RunDir, Status, atomic_write};
use latentlab::train::{Override, Recipe, STUDIES, Study, StudyModel, recipe_of};
use serde_json::json;

use crate::commands::compare;
use crate::comparing::{self, Member, Subject};
use crate::data_source::{DataPlace, DirArguments};
use crate::failure::Failure;
use crate::interrupt;
use crate::numbers::table;
use crate::opened::{Opened, RunArguments};
use crate::outcome::Outcome;
use crate::session::{Beginning, Session};
use crate::settings::Settings;

/// Train the recipes of a study, and compare them on the same test images
///
/// Runs that are complete are not trained again, and one that was cut short goes on where it was last saved, so
/// a study can be stopped at any time. The folder gets
/// the runs, report.html, figures as SVG and PNG, and results.json. Without a name the built-in studies are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab study                                     what there is
  latentlab study latent-space                        autoencoder, VAE and convolutional VAE on MNIST
  latentlab study kl-weight --values 0.1,0.5,1,2,5    any list of weights
  latentlab study latent-space --seeds 3 --epochs 10  means and standard deviations over three seeds
  latentlab study kl-weight --show > my-study.toml    its TOML, to change
  latentlab study my-study.toml --out studies/mine")]
pub struct Arguments {
    /// Built-in study or TOML file
    #[arg(value_name = "NAME|FILE.toml")]
    pub study: Option<String>,

    /// Print the TOML of the study, and train nothing
    #[arg(long, requires = "study", conflicts_with_all = ["epochs", "seeds", "values", "data", "settings", "out"])]
    pub show: bool,

    /// Passes over the training images, for every model
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<i64>,

    /// Train every model with so many seeds
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seeds: u16,

    /// Values of the study's sweep, with commas between
    #[arg(long, value_name = "VALUES", value_delimiter = ',')]
    pub values: Option<Vec<f64>>,

    /// Train and compare on this data set instead: a name (see: latentlab data), or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Any other setting, of every recipe, e.g. optimizer.learning_rate=5e-4; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Folder of the study [default: studies/NAME]
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Trains what is not trained yet, and compares.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let Some(name) = &arguments.study else { return list() };
    let study = Study::open(name)?;
    if arguments.show {
        return show(name, &study);
    }
    let models = study.models(arguments.values.as_deref())?;
    let overrides = overrides(&arguments)?;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("studies").join(&study.name));
    let mut planned = Vec::new();
    for model in models {
        let recipes = recipes(&model, &overrides, arguments.seeds)?;
        for note in recipes[0].notes() {
            settings.console.note(format_args!("{}: {note}", model.name));
        }
        planned.push((recipes, model));
    }
    let stop = interrupt::stop_flag("saving what was learned", "saving nothing more")?;
    let first = &planned[0].0[0];
    let test = arguments.dirs.open(&first.data, settings)?;
    make_folder(&folder)?;
    atomic_write(folder.join("study.toml"), study.to_toml()?.as_bytes())?;

    let total: usize = planned.iter().map(|(recipes, _)| recipes.len()).sum();
    let mut number = 0;
    let mut members = Vec::new();
    for (recipes, model) in planned {
        let splits = arguments.dirs.open(&recipes[0].data, settings)?;
        if splits.test.shape() != test.test.shape() {
            let (found, expected) = (splits.test.shape(), test.test.shape());
            return Err(Failure::mistake(format!(
                "{}: its test images are {found}, those of the first model {expected}; only equal images are compared",
                model.name
            )));
        }
        let mut runs = Vec::new();
        for recipe in &recipes {
            number += 1;
            let place = folder.join("runs").join(format!("{}-seed-{}", slug(&model.name), recipe.seed));
            settings.console.note(format_args!("{number} of {total}: {}, seed {}", model.name, recipe.seed));
            match obtain(recipe, &splits, &place, &stop, &arguments.dirs, settings)? {
                Some(opened) => runs.push(opened),
                None => return Ok(stopped(&folder, number, total)),
            }
        }
        members.push(Member::new(model.name, runs, model.published, &test, settings)?);
    }
    let subject =
        Subject { title: study.name, description: format!("{}.", study.description), show: study.show };
    let compared = comparing::compare(&subject, &mut members, &test, &folder, settings)?;
    Ok(compare::outcome(&compared, false))
}

fn list() -> Result<Outcome, Failure> {
    let mut rows = vec![["study", "models", "what it asks"].map(String::from).to_vec()];
    let mut entries = Vec::new();
    for built_in in STUDIES {
        let study = Study::open(built_in.name)?;
        let names: Vec<String> = study.models(None)?.into_iter().map(|model| model.name).collect();
        rows.push(vec![study.name.clone(), names.join(", "), study.description.clone()]);
        entries.push(json!({ "name": study.name, "models": names, "description": study.description, "toml": built_in.toml }));
    }
    let text = format!("{}\nlatentlab study NAME trains and compares\n", table(&rows));
    Ok(Outcome::answer(text, json!({ "studies": entries })))
}

fn show(name: &str, study: &Study) -> Result<Outcome, Failure> {
    let toml = match STUDIES.iter().find(|built_in| built_in.name == name) {
        Some(built_in) => built_in.toml.to_owned(),
        None => study.to_toml()?,
    };
    Ok(Outcome::answer(toml.clone(), json!({ "name": study.name, "toml": toml })))
}

fn overrides(arguments: &Arguments) -> Result<Vec<Override>, Failure> {
    let mut overrides: Vec<Override> = arguments.data.as_deref().map(Override::data).into_iter().collect();
    for setting in &arguments.settings {
        overrides.push(setting.parse()?);
    }
    if let Some(epochs) = arguments.epochs {
        overrides.push(Override::set("training.epochs", epochs)?);
    }
    Ok(overrides)
}

/// One recipe per seed, from the recipe's own seed on.
fn recipes(model: &StudyModel, overrides: &[Override], seeds: u16) -> Result<Vec<Recipe>, Failure> {
    let first = model.recipe(overrides)?;
    (0..u64::from(seeds))
        .map(|more| {
            let seed = i64::try_from(first.seed.saturating_add(more)).unwrap_or(i64::MAX);
            Ok(model.recipe(&[overrides, &[Override::set("seed", seed)?]].concat())?)
        })
        .collect()
}

/// The run of `recipe` in `folder`: the one that is there, brought to its end if it is not complete, or a new one;
/// `None` if its training was interrupted.
fn obtain(
    recipe: &Recipe,
    splits: &Splits,
    folder: &Path,
    stop: &AtomicBool,
    dirs: &DirArguments,
    settings: &Settings,
) -> Result<Option<Opened>, Failure> {
    let session = match status(recipe, folder)? {
        Some(Status::Completed) => None,
        Some(Status::Running | Status::Interrupted) => Some(Session::resume(folder, None, dirs, settings)?.0),
        Some(Status::Failed) | None => {
            let place = DataPlace::new(&recipe.data, dirs);
            let existing = Existing::Overwrite;
            let beginning = Beginning { recipe, splits, place: &place, first_weights: None, existing };
            Some(Session::begin(beginning, || Ok(folder.to_path_buf()), settings)?)
        }
    };
    match session {
        None => settings.console.note(format_args!("complete: {}", folder.display())),
        Some(session) => {
            if session.train(stop, false, settings)?.manifest.status == Status::Interrupted {
                return Ok(None);
            }
        }
    }
    RunArguments { run: folder.to_path_buf(), checkpoint: None }.open(settings).map(Some)
}

/// How the run of `recipe` in `folder` stands, if there is one.
fn status(recipe: &Recipe, folder: &Path) -> Result<Option<Status>, Failure> {
    let Ok(run) = RunDir::open(folder) else { return Ok(None) };
    // What a run shows is no reason to train again.
    let of_recipe = |found: Recipe| Recipe { show: recipe.show.clone(), ..found } == *recipe;
    let is_of_recipe = recipe_of(&run, None).is_ok_and(of_recipe);
    Ok(if is_of_recipe { Some(run.read::<Manifest>()?.status) } else { None })
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::fault(format!("{}: cannot create the folder: {error}", folder.display())))
}

fn stopped(folder: &Path, number: usize, total: usize) -> Outcome {
    let text = format!(
        "interrupted in training {number} of {total}; the same command goes on with it\n  {}\n",
        folder.display()
    );
    Outcome::done(text, json!({ "status": "interrupted", "training": number, "trainings": total }))
        .interrupted(true)
}

/// A model's name as a folder's: letters and digits, everything else a hyphen.
fn slug(name: &str) -> String {
    let hyphened: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let parts: Vec<&str> = hyphened.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "model".into() } else { parts.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_stay_below_their_folder() {
        assert_eq!(
            ["KL weight 0.1", "VAE", "../x", "ä"].map(slug),
            ["kl-weight-0.1", "vae", "..-x", "model"]
        );
    }
}
