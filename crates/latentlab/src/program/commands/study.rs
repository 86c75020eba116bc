//! `study`: several recipes, trained and compared.

use std::path::{Path, PathBuf};

use crate::lab::numbers::table;
use crate::lab::studies::{self, StudyOptions, StudyResult};
use crate::train::{Override, STUDIES, Study};
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

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
    let options = StudyOptions {
        overrides: overrides(&arguments)?,
        values: arguments.values,
        seeds: arguments.seeds,
        folder: arguments.out,
        dirs: arguments.dirs.folders(),
    };
    let stop = settings.stop_flag("saving what was learned", "saving nothing more")?;
    Ok(match studies::run(study, &options, &stop, &settings.lab)? {
        StudyResult::Compared(compared) => Outcome::comparison(&compared),
        StudyResult::Interrupted { folder, training, trainings } => stopped(&folder, training, trainings),
    })
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

fn stopped(folder: &Path, number: usize, total: usize) -> Outcome {
    let text = format!(
        "interrupted in training {number} of {total}; the same command goes on with it\n  {}\n",
        folder.display()
    );
    Outcome::done(text, json!({ "status": "interrupted", "training": number, "trainings": total }))
        .interrupted(true)
}
