//! What `study` is asked for.

use std::path::PathBuf;

use crate::lab::Shard;
use crate::lab::studies::submission::Scheduler;
use crate::lab::studies::{Selection, StudyOptions};
use crate::train::Override;

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::tracking_arguments::TrackingArguments;

/// Train the recipes of a study, and compare them on the same test images
///
/// Runs that are complete are not trained again, and one that was cut short goes on where it was last saved, so
/// a study can be stopped at any time. Any number of processes, on any machines that share its folder, may run the same
/// study at once: each training is one process's. The folder gets the runs, report.html, figures as SVG and PNG, and
/// results.json. Without a name the built-in studies are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab study                                     what there is
  latentlab study latent-space                        autoencoder, VAE and convolutional VAE on MNIST
  latentlab study kl-weight --values 0.1,0.5,1,2,5    any list of weights
  latentlab study latent-space --seeds 3 --epochs 10  means and standard deviations over three seeds
  latentlab study kl-weight --show > my-study.toml    its TOML, to change (see: latentlab recipes --keys study)
  latentlab study my-study.toml --out studies/mine
  latentlab study my-study.toml --list                every training: settings, how it stands, its command
  latentlab study my-study.toml --shard 1/4           a quarter of them; the last one to end compares
  latentlab study my-study.toml --submit slurm --threads 4 > study.sbatch   then: sbatch study.sbatch")]
pub struct Arguments {
    /// Built-in study or TOML file
    #[arg(value_name = "NAME|FILE.toml")]
    pub study: Option<String>,

    /// Print the TOML of the study, and train nothing
    #[arg(long, requires = "study", conflicts_with_all = ["list", "submit", "epochs", "seeds", "values", "data", "settings", "out", "mlflow"])]
    pub show: bool,

    /// Print every training, one a line: name, settings, how it stands, the command that makes it; train nothing
    #[arg(long, requires = "study")]
    pub list: bool,

    /// Train only part I of N, every N-th training from the I-th on; compared is once all are complete
    #[arg(long, value_name = "I/N", requires = "study")]
    pub shard: Option<Shard>,

    /// Train only this one, by its name in --list; may be given more than once
    #[arg(long, value_name = "MEMBER", requires = "study")]
    pub only: Vec<String>,

    /// Print a job for a scheduler whose tasks train the study, with the memory and time that they take and as many cores as
    /// --threads says; train nothing
    #[arg(long, value_name = "SCHEDULER", value_enum, requires = "study", conflicts_with_all = ["list", "shard", "only"])]
    pub submit: Option<Scheduler>,

    /// Tasks of that job [default: one for each training, at most 1000]
    #[arg(long, value_name = "N", requires = "submit", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub tasks: Option<u16>,

    /// Passes over the training images, for every model
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<i64>,

    /// Train every model with so many seeds [default: as the study says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seeds: Option<u16>,

    /// Values of the study's sweep, if it is one of one key, with commas between
    #[arg(long, value_name = "VALUES", value_delimiter = ',', allow_negative_numbers = true)]
    pub values: Option<Vec<String>>,

    /// Train and compare on this data set instead: a name (see: latentlab data), or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Any other setting, of every recipe, e.g. optimizer.learning_rate=5e-4; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Folder of the study [default: studies/NAME]
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,

    /// Which server is told of the trainings.
    #[command(flatten)]
    pub tracking: TrackingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

impl Arguments {
    /// As the library takes them.
    pub fn options(&self) -> Result<StudyOptions, Failure> {
        Ok(StudyOptions {
            overrides: self.overrides()?,
            values: self.values.clone(),
            seeds: self.seeds,
            folder: self.out.clone(),
            selection: Selection { shard: self.shard, only: self.only.clone() },
            mlflow: None, // which is asked once something is to be trained
            dirs: self.dirs.folders(),
        })
    }

    fn overrides(&self) -> Result<Vec<Override>, Failure> {
        let mut overrides: Vec<Override> = self.data.as_deref().map(Override::data).into_iter().collect();
        for setting in &self.settings {
            overrides.push(setting.parse()?);
        }
        if let Some(epochs) = self.epochs {
            overrides.push(Override::set("training.epochs", epochs)?);
        }
        Ok(overrides)
    }

    /// The arguments that run the same study, whichever part of it is asked for here.
    pub fn again(&self) -> Vec<String> {
        let mut words = vec!["study".to_owned()];
        words.extend(self.study.clone());
        let path = |path: &PathBuf| path.display().to_string();
        let options = [
            ("--epochs", self.epochs.map(|epochs| epochs.to_string())),
            ("--seeds", self.seeds.map(|seeds| seeds.to_string())),
            ("--values", self.values.as_ref().map(|values| values.join(","))),
            ("--data", self.data.clone()),
            ("--out", self.out.as_ref().map(path)),
            ("--mlflow", self.tracking.mlflow.clone().filter(|uri| !uri.is_empty())),
            ("--mlflow-experiment", self.tracking.mlflow_experiment.clone()),
            ("--data-dir", self.dirs.data_dir.as_ref().map(path)),
        ];
        let settings = self.settings.iter().map(|setting| ("--set", Some(setting.clone())));
        for (name, value) in options.into_iter().chain(settings) {
            if let Some(value) = value {
                words.extend([name.to_owned(), value]);
            }
        }
        if self.dirs.offline {
            words.push("--offline".to_owned());
        }
        words
    }
}
