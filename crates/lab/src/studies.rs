//! Studies: several recipes, trained and compared.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use data::Splits;
use run::{ExistingRun, Manifest, RunDir, Status, atomic_write};
use train::{Override, Recipe, Study, StudyModel, recipe_of};

use crate::comparison::{self, ComparisonResult, Member, Topic};
use crate::data_place::{DataFolders, DataPlace};
use crate::error::Error;
use crate::lab::Lab;
use crate::runs::Run;
use crate::training::{NewRun, Session};

/// How a study is run.
#[derive(Clone, Debug, Default)]
pub struct StudyOptions {
    /// Values of the study's sweep; its own where nothing is said.
    pub values: Option<Vec<f64>>,
    /// Settings of every recipe.
    pub overrides: Vec<Override>,
    /// Seeds that every model is trained with, at least one: the recipe's own, and those after it.
    pub seeds: u16,
    /// Folder of the study; studies/NAME where nothing is said.
    pub folder: Option<PathBuf>,
    /// Where data sets are.
    pub dirs: DataFolders,
}

/// What came of a study.
pub enum StudyResult {
    /// All are trained and compared.
    Compared(ComparisonResult),
    /// One of its trainings was stopped; the same call goes on with it.
    Interrupted {
        /// Folder of the study.
        folder: PathBuf,
        /// Which one, from 1.
        training: usize,
        /// How many there are.
        trainings: usize,
    },
}

/// Trains what is not trained yet, and compares all on the test images of the first. Runs that are complete are not
/// trained again, and one that was cut short goes on where it was last saved.
///
/// ```no_run
/// use lab::studies::{StudyOptions, StudyResult, run};
///
/// let study = train::Study::open("kl-weight")?;
/// let options = StudyOptions { values: Some(vec![0.1, 1.0, 5.0]), ..StudyOptions::default() };
/// match run(study, &options, &false.into(), &lab::Lab::default())? {
///     StudyResult::Compared(result) => println!("{}", result.report.display()),
///     StudyResult::Interrupted { .. } => println!("the same call goes on"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a recipe is refused, a training fails, or the images of the models differ in shape.
pub fn run(study: Study, options: &StudyOptions, stop: &AtomicBool, lab: &Lab) -> Result<StudyResult, Error> {
    let models = study.models(options.values.as_deref())?;
    let folder = options.folder.clone().unwrap_or_else(|| Path::new("studies").join(&study.name));
    let mut planned = Vec::new();
    for model in models {
        let recipes = recipes(&model, &options.overrides, options.seeds.max(1))?;
        for note in recipes[0].notes() {
            lab.note(format_args!("{}: {note}", model.name));
        }
        planned.push((recipes, model));
    }
    let first = &planned[0].0[0];
    let test = options.dirs.open(&first.data, lab)?;
    make_folder(&folder)?;
    atomic_write(folder.join("study.toml"), study.to_toml()?.as_bytes())?;

    let total: usize = planned.iter().map(|(recipes, _)| recipes.len()).sum();
    let mut number = 0;
    let mut members = Vec::new();
    for (recipes, model) in planned {
        let splits = options.dirs.open(&recipes[0].data, lab)?;
        if splits.test.shape() != test.test.shape() {
            let (found, expected) = (splits.test.shape(), test.test.shape());
            return Err(Error::refused(format!(
                "{}: its test images are {found}, those of the first model {expected}; only equal images are compared",
                model.name
            )));
        }
        let mut runs = Vec::new();
        for recipe in &recipes {
            number += 1;
            let place = folder.join("runs").join(format!("{}-seed-{}", slug(&model.name), recipe.seed));
            lab.note(format_args!("{number} of {total}: {}, seed {}", model.name, recipe.seed));
            match obtain(recipe, &splits, &place, stop, &options.dirs, lab)? {
                Some(run) => runs.push(run),
                None => {
                    return Ok(StudyResult::Interrupted { folder, training: number, trainings: total });
                }
            }
        }
        members.push(Member::new(model.name, runs, model.published, &test, lab)?);
    }
    let topic = Topic { title: study.name, description: format!("{}.", study.description), show: study.show };
    Ok(StudyResult::Compared(comparison::compare(&topic, &mut members, &test, &folder, lab)?))
}

/// One recipe per seed, from the recipe's own seed on.
fn recipes(model: &StudyModel, overrides: &[Override], seeds: u16) -> Result<Vec<Recipe>, Error> {
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
    dirs: &DataFolders,
    lab: &Lab,
) -> Result<Option<Run>, Error> {
    let session = match status(recipe, folder)? {
        Some(Status::Completed) => None,
        Some(Status::Running | Status::Interrupted) => Some(Session::resume(folder, None, dirs, lab)?.0),
        Some(Status::Failed) | None => {
            let place = DataPlace::new(&recipe.data, dirs);
            let existing = ExistingRun::Overwrite;
            let new_run = NewRun { recipe, splits, place: &place, first_weights: None, existing };
            Some(Session::begin(new_run, || Ok(folder.to_path_buf()), lab)?)
        }
    };
    match session {
        None => lab.note(format_args!("complete: {}", folder.display())),
        Some(session) => {
            if session.train(stop, false, lab)?.manifest.status == Status::Interrupted {
                return Ok(None);
            }
        }
    }
    Run::open(folder, None, lab).map(Some)
}

/// How the run of `recipe` in `folder` stands, if there is one.
fn status(recipe: &Recipe, folder: &Path) -> Result<Option<Status>, Error> {
    let Ok(run) = RunDir::open(folder) else { return Ok(None) };
    // What a run shows is no reason to train again.
    let of_recipe = |found: Recipe| Recipe { show: recipe.show.clone(), ..found } == *recipe;
    let is_of_recipe = recipe_of(&run, None).is_ok_and(of_recipe);
    Ok(if is_of_recipe { Some(run.read::<Manifest>()?.status) } else { None })
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::fault(format!("{}: cannot create the folder: {error}", folder.display())))
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
