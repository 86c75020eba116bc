//! `train`: from a recipe to a run with weights, events and figures.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use latentlab::data::{DataSpec, ImageShape, Splits, Survey};
use latentlab::run::{self, Epoch, Existing, Manifest, RunDir, Status};
use latentlab::train::{
    DEFAULT_RECIPE, Ending, Outcome as Training, Override, Plan, Recipe, open_run, sensible,
};
use serde_json::json;

use crate::data_source::DirArguments;
use crate::failure::Failure;
use crate::figures;
use crate::interrupt;
use crate::numbers::{count, duration, part, table};
use crate::opened::Opened;
use crate::outcome::Outcome;
use crate::reporting;
use crate::run_figures;
use crate::session::{Ended, Original, Repetition, Session};
use crate::settings::Settings;
use crate::tensorboard;

/// Train a recipe; makes a run with weights, events and figures
///
/// Each epoch is followed by a validation over the whole split. The run keeps the last and the best
/// checkpoint (lowest validation total), and ends with figures and report.html. Ctrl-C ends a training cleanly:
/// what was learned is saved, and the exit code is 130; --resume goes on from there, and from the last epoch's end
/// if the process was killed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab train                                    the default: a small VAE on drawn digits
  latentlab train mnist-mlp-vae                      a built-in recipe (see: latentlab recipes)
  latentlab train --data ./my-images                 your own images, with a net that suits them
  latentlab train my-recipe.toml --out runs/first    a recipe of your own
  latentlab train mnist-mlp-vae --epochs 5 --seed 1 --data-dir ~/data
  latentlab train mnist-mlp-vae --data fashion-mnist
  latentlab train mnist-mlp-vae --set model.latent.size=2 --set optimizer.learning_rate=5e-4
  latentlab train --resume runs/mnist-mlp-vae-1      after a crash, a kill or Ctrl-C
  latentlab train --resume runs/mnist-mlp-vae-1 --epochs 50
  latentlab train --from-run runs/mnist-mlp-vae-1    again, to see that it comes out the same")]
pub struct Arguments {
    /// Built-in recipe or TOML file [default: one that suits the images of --data; without, synthetic-digits-vae]
    pub recipe: Option<String>,

    /// Train on this data set instead: a name (see: latentlab data), a folder of images or IDX files, a .npy
    /// or .npz file
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// Passes over the training images
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<i64>,

    /// Seed of weights, shuffles and noise
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<i64>,

    /// Any other setting of the recipe, e.g. optimizer.learning_rate=5e-4; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Go on with this run where it was last saved, to the same weights as without the interruption; with
    /// --epochs to more epochs than it was begun with
    #[arg(long, value_name = "RUN", conflicts_with_all = ["recipe", "data", "seed", "settings", "out", "force", "from_run"])]
    pub resume: Option<PathBuf>,

    /// Train as this run was trained, into a new run, and say whether the weights are equal
    #[arg(long, value_name = "RUN", conflicts_with_all = ["recipe", "data", "seed", "settings", "epochs"])]
    pub from_run: Option<PathBuf>,

    /// Folder of the run [default: runs/RECIPE-N]
    #[arg(short, long, value_name = "RUN")]
    pub out: Option<PathBuf>,

    /// Overwrite the run that is in the folder
    #[arg(long)]
    pub force: bool,

    /// Write no report.html, and no figures but those of losses, reconstructions, samples and planes
    #[arg(long)]
    pub no_report: bool,

    /// Write TensorBoard event files too, into the run's folder tensorboard: scalars of each epoch, images, and the
    /// codes of the test images for its projector
    #[arg(long)]
    pub tensorboard: bool,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

impl Arguments {
    fn recipe(&self, settings: &Settings) -> Result<Recipe, Failure> {
        let mut overrides = Vec::new();
        overrides.extend(self.data.as_deref().map(Override::data));
        for setting in &self.settings {
            overrides.push(setting.parse::<Override>()?);
        }
        for (key, number) in [("training.epochs", self.epochs), ("seed", self.seed)] {
            if let Some(number) = number {
                overrides.push(Override::set(key, number)?);
            }
        }
        match (&self.recipe, &self.data) {
            (None, Some(data)) => self.sensible(data, &overrides, settings),
            (recipe, _) => Ok(Recipe::open(recipe.as_deref().unwrap_or(DEFAULT_RECIPE), &overrides)?),
        }
    }

    /// A recipe that suits the data set, where none was asked for; says what was chosen and why.
    fn sensible(&self, data: &str, overrides: &[Override], settings: &Settings) -> Result<Recipe, Failure> {
        let path = Path::new(data);
        let is_folder = latentlab::data::find(data).is_none() && path.is_dir();
        let mut found = match latentlab::data::survey(path) {
            Ok(found) if is_folder => found,
            _ => {
                let mut spec = DataSpec::default();
                spec.set_source(data);
                let splits = self.dirs.open(&spec, settings)?;
                let ImageShape { height, width, channels } = splits.train.shape();
                Survey {
                    images: splits.train.len(),
                    median: [height, width],
                    uniform: true,
                    grey: channels == 1,
                }
            }
        };
        // The net suits what the images will be.
        let given =
            |key: &str| self.settings.iter().rev().find_map(|text| text.strip_prefix(key)).map(str::trim);
        if let Some(side) = given("data.size=").and_then(|side| side.parse().ok()) {
            (found.median, found.uniform) = ([side, side], true);
        }
        match given("data.channels=").map(|channels| channels.trim_matches('"')) {
            Some("grey") => found.grey = true,
            Some("rgb") => found.grey = false,
            _ => {}
        }
        let chosen = sensible(data, &found)?;
        for reason in &chosen.reasons {
            settings.console.note(reason);
        }
        // The data set is in the recipe; a second `--data` would drop the size that was chosen for it.
        Ok(Recipe::parse(&chosen.toml, "chosen.toml", &overrides[1..])?)
    }

    /// A new run, after looking whether its folder is free: before the data take their time.
    fn begin(&self, recipe: &Recipe, settings: &Settings) -> Result<(Session, Splits), Failure> {
        let folder = self.folder(recipe)?;
        let existing = if self.force { Existing::Overwrite } else { Existing::Refuse };
        if existing == Existing::Refuse && RunDir::open(&folder).is_ok() {
            return Err(run::Error::HoldsRun { path: folder }.into());
        }
        let splits = self.dirs.open(&recipe.data, settings)?;
        Ok((Session::begin(recipe, &splits, &folder, existing, settings)?, splits))
    }

    fn folder(&self, recipe: &Recipe) -> Result<PathBuf, Failure> {
        match &self.out {
            Some(out) => Ok(out.clone()),
            None => Ok(latentlab::run::propose("runs", &recipe.name)?),
        }
    }
}

/// Trains.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let mut original = None;
    let (session, splits) = match (&arguments.resume, &arguments.from_run) {
        (Some(folder), _) => {
            let epochs = arguments.epochs.map(|epochs| {
                let refuse = |_| Failure::mistake(format!("--epochs {epochs}: must be at least 1"));
                u64::try_from(epochs).map_err(refuse)
            });
            Session::resume(folder, epochs.transpose()?, &arguments.dirs, settings)?
        }
        (None, None) => arguments.begin(&arguments.recipe(settings)?, settings)?,
        (None, Some(from)) => {
            let (run, recipe) = Original::open(from)?;
            original = Some(run);
            arguments.begin(&recipe, settings)?
        }
    };
    let stop = interrupt::stop_flag("saving what was learned", "saving nothing more")?;
    let Ended { run, manifest, plan, training, .. } =
        &mut session.train(&stop, arguments.tensorboard, settings)?;
    let repetition = original.map(|original| original.compare(run, manifest)).transpose()?;
    let drawn = draw(run, manifest, &splits, &arguments, settings, started)?;
    let told = Told { arguments: &arguments, run, plan, manifest, repetition };
    told.outcome(training, &drawn)
}

/// What was drawn after a training.
struct Drawings {
    figures: Vec<String>,
    report: Option<PathBuf>,
}

/// Draws the figures with the best weights and writes the report; notes in the manifest how long that took.
fn draw(
    run: &RunDir,
    manifest: &mut Manifest,
    splits: &Splits,
    arguments: &Arguments,
    settings: &Settings,
    started: Instant,
) -> Result<Drawings, Failure> {
    // With what earlier sessions took.
    let before = manifest.seconds.get("total").copied().unwrap_or(0.0);
    let total = || before + started.elapsed().as_secs_f64();
    let begun = Instant::now();
    let trained = open_run(run, None, settings.compute()?)?;
    let mut opened = Opened { dir: run.clone(), trained };
    let gallery = run_figures::draw(&mut opened, splits)?;
    if arguments.tensorboard {
        tensorboard::write_pictures(&mut opened, &splits.test, &gallery)?;
    }
    manifest.seconds.insert("figures".into(), begun.elapsed().as_secs_f64());
    manifest.seconds.insert("total".into(), total());
    run.write(manifest)?; // the report tells these times
    if arguments.no_report {
        return Ok(Drawings { figures: gallery.names(), report: None });
    }
    let begun = Instant::now();
    let written = reporting::write(&mut opened, splits, gallery, settings)?;
    manifest.seconds.insert("report".into(), begun.elapsed().as_secs_f64());
    manifest.seconds.insert("total".into(), total());
    run.write(manifest)?;
    Ok(Drawings { figures: written.figures, report: Some(written.path) })
}

/// What is told at the end.
struct Told<'a> {
    arguments: &'a Arguments,
    run: &'a RunDir,
    plan: &'a Plan,
    manifest: &'a Manifest,
    repetition: Option<Repetition>,
}

impl Told<'_> {
    /// What was learned, where everything is, what to try next.
    fn outcome(&self, training: &Training, drawn: &Drawings) -> Result<Outcome, Failure> {
        let figures = &drawn.figures;
        let folder = self.run.path();
        let events = self.run.events()?;
        let epochs = events.epochs();
        let best = training.best.and_then(|best| epochs.iter().find(|epoch| epoch.epoch == best.epoch));
        let mut text = self.headline(training);
        if let Some(best) = best {
            let unit = figures::loss_unit(&self.plan.recipe().objective);
            text += &format!("\nloss after the best epoch ({}), {unit}\n{}", best.epoch, losses(best));
        }
        text += &format!("\nrun      {}\n", folder.display());
        if !figures.is_empty() {
            text += &format!("figures  {}: {}\n", folder.join("figures").display(), figures.join(", "));
        }
        if let Some(report) = &drawn.report {
            text += &format!("report   {}\n", report.display());
        }
        if let Some(repetition) = &self.repetition {
            text += &repetition.told();
        }
        text += "\nnext\n";
        for command in self.next() {
            text += &format!("  {command}\n");
        }
        let terms = |epoch: Option<&&Epoch>| {
            epoch.map(|epoch| json!({ "epoch": epoch.epoch, "train": epoch.train, "valid": epoch.valid }))
        };
        let json = json!({
            "run": folder.display().to_string(),
            "recipe": self.manifest.recipe,
            "seed": self.manifest.seed,
            "status": self.manifest.status.to_string(),
            "epochs": training.epochs,
            "best": terms(best),
            "last": terms(epochs.last()),
            "figures": figures,
            "repeats": self.repetition.as_ref().map(|repetition| {
                json!({
                    "run": repetition.of.display().to_string(),
                    "equal": repetition.equal,
                    "reasons": repetition.reasons,
                })
            }),
            "report": drawn.report.as_ref().map(|path| path.display().to_string()),
            "seconds": self.manifest.seconds,
        });
        Ok(Outcome::done(text, json).interrupted(self.manifest.status == Status::Interrupted))
    }

    fn headline(&self, training: &Training) -> String {
        let seconds = self.manifest.seconds.get("total").copied().unwrap_or(0.0);
        let how = match training.ending {
            Ending::Completed => String::new(),
            Ending::EarlyStopped => ", stopped early as the recipe asks".into(),
            Ending::Interrupted => format!(" of {}, interrupted", self.manifest.epochs.asked),
        };
        let epochs = count(training.epochs as usize, "epoch");
        let time = duration(Duration::from_secs_f64(seconds));
        format!("{}: {epochs}{how}, {time} in all\n", self.manifest.recipe)
    }

    /// Commands to try on the run.
    fn next(&self) -> [String; 3] {
        let run = quoted(self.run.path());
        let data = self.arguments.dirs.data_dir.as_ref();
        let data = data.map_or_else(String::new, |folder| format!(" --data-dir {}", quoted(folder)));
        let use_it = if self.plan.recipe().data.input.noise.is_some() {
            format!("latentlab denoise {run} IMAGE")
        } else if self.plan.network().is_variational() {
            format!("latentlab generate {run} -n 100 --out samples.png")
        } else {
            format!("latentlab reconstruct {run} --images IMAGE")
        };
        let evaluate = format!("latentlab evaluate {run}{data}");
        [evaluate, use_it, format!("latentlab embed {run}{data} --out embeddings.npz")]
    }
}

fn losses(epoch: &Epoch) -> String {
    let order = ["total", "reconstruction", "kl", "code_l1"];
    let names: Vec<&str> = order.into_iter().filter(|name| epoch.train.contains_key(*name)).collect();
    let row = |split: &str, terms: &run::Terms| {
        let total = terms.get("total").copied().unwrap_or(f64::NAN);
        let term = |name: &&str| terms.get(*name).map_or_else(String::new, |term| part(*term, total));
        [split.to_owned()].into_iter().chain(names.iter().map(term)).collect::<Vec<_>>()
    };
    let head = std::iter::once(String::new()).chain(names.iter().map(ToString::to_string)).collect();
    table(&[head, row("train", &epoch.train), row("valid", &epoch.valid)])
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@:".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
