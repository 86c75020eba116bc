//! `train`: from a recipe to a run with weights, events and figures.

mod dry_run;
mod ending;
use std::path::{Path, PathBuf};
use std::time::Instant;

use latentlab::data::Splits;
use latentlab::lab::data_place::{DATA_BACK, DataPlace};
use latentlab::lab::near_duplicates;
use latentlab::lab::recipe_choice::RecipeChoice;
use latentlab::lab::training::{FinishedTraining, NewRun, Original, Session, draw};
use latentlab::run::{self, Existing, RunDir, new_folder};
use latentlab::train::{BUILT_IN, DEFAULT_RECIPE, FirstWeights, Override, Purpose, Recipe};

use crate::failure::Failure;
use crate::image_arguments::{DirArguments, ReadingArguments};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::settings::Settings;

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
  latentlab train --data ./my-images --as ae --latent 64
  latentlab train --data ./my-images --dry-run > mine.toml   the recipe, and how long it takes; trains nothing
  latentlab train my-recipe.toml --out runs/first    a recipe of your own
  latentlab train mnist-mlp-vae --epochs 5 --seed 1 --data-dir ~/data
  latentlab train mnist-mlp-vae --data fashion-mnist
  latentlab train mnist-mlp-vae --set model.latent.size=2 --set optimizer.learning_rate=5e-4
  latentlab train --resume runs/mnist-mlp-vae-1      after a crash, a kill or Ctrl-C
  latentlab train --resume runs/mnist-mlp-vae-1 --epochs 50
  latentlab train --from-run runs/mnist-mlp-vae-1    again, to see that it comes out the same
  latentlab train mine.toml --warm-start runs/a-1    from the weights of another run")]
pub struct Arguments {
    /// Built-in recipe or TOML file [default: one that suits the images of --data; without, synthetic-digits-vae]
    pub recipe: Option<String>,

    /// Train on this data set instead: a name (see: latentlab data), a folder of images or IDX files, a .npy
    /// or .npz file
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// What the network is for: an autoencoder, a variational one, or an autoencoder that takes noise off images. A
    /// recipe keeps the size of its code, and everything else [default: the recipe's; vae without a recipe]
    #[arg(long = "as", value_name = "KIND", value_enum)]
    pub kind: Option<Kind>,

    /// Numbers of the code: dimensions of a VAE's, units of the dense layer that ends an autoencoder's encoder
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub latent: Option<u32>,

    /// Passes over the training images
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<i64>,

    /// Seed of weights, shuffles and noise
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<i64>,

    /// Any other setting of the recipe, e.g. optimizer.learning_rate=5e-4; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Go on with this run where it was last saved, to the same weights as without the interruption; with --epochs to
    /// more epochs than it was begun with (a learning rate that came down by its schedule begins again then)
    #[arg(long, value_name = "RUN", conflicts_with_all = ["recipe", "data", "kind", "latent", "seed", "settings", "out", "force", "from_run", "warm_start", "dry_run"])]
    pub resume: Option<PathBuf>,

    /// Train as this run was trained, into a new run, and say whether the weights are equal
    #[arg(long, value_name = "RUN", conflicts_with_all = ["recipe", "data", "kind", "latent", "seed", "settings", "epochs"])]
    pub from_run: Option<PathBuf>,

    /// Begin with the best weights of this run, of a network of the same shapes, instead of drawn ones
    #[arg(long, value_name = "RUN")]
    pub warm_start: Option<PathBuf>,

    /// Train nothing: print the recipe, every setting filled in, as TOML on stdout, and on stderr what the data are,
    /// why the recipe is as it is, and how long training would take and how much memory
    #[arg(long)]
    pub dry_run: bool,

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

    /// How data are read.
    #[command(flatten)]
    pub reading: ReadingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// What a network is for, as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// An autoencoder: the code is what the encoder gives
    Ae,
    /// A variational autoencoder, which generates as well
    Vae,
    /// An autoencoder that sees images with noise (data.input.noise, 0.2 if not set) and gives the clean ones
    Denoiser,
}

impl From<Kind> for Purpose {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Ae => Self::Ae,
            Kind::Vae => Self::Vae,
            Kind::Denoiser => Self::Denoiser,
        }
    }
}

/// A training before it begins.
struct Draft {
    recipe: Recipe,
    /// Why the recipe is as it is, where it was chosen.
    reasons: Vec<String>,
    splits: Splits,
    place: DataPlace,
    first_weights: Option<FirstWeights>,
    /// The run that is repeated.
    original: Option<Original>,
}

impl Arguments {
    fn draft(&self, settings: &Settings) -> Result<Draft, Failure> {
        let mut original = None;
        let RecipeChoice { mut recipe, reasons, splits } = match &self.from_run {
            Some(from) => {
                let (run, recipe) = Original::open(from)?;
                original = Some(run);
                RecipeChoice { recipe, reasons: Vec::new(), splits: None }
            }
            None => self.choice(settings)?,
        };
        if original.is_none() {
            recipe.data.begin();
        }
        for note in recipe.notes().iter().chain(&reasons) {
            settings.console.note(note);
        }
        self.check_folder()?; // before the data take their time
        let place = match &original {
            Some(original) => original.place(&recipe, &self.dirs.folders()),
            None => DataPlace::new(&recipe.data, &self.dirs.folders()),
        };
        let first_weights = match &original {
            Some(original) => original.first_weights(self.warm_start.as_deref())?,
            None => self.first_weights()?,
        };
        let way_out = if original.is_some() { DATA_BACK } else { "--data PATH says where the images are" };
        let splits = match splits {
            Some(splits) => splits,
            None => place.open(way_out, &settings.lab)?,
        };
        if let Some(inventory) = splits.train.inventory() {
            recipe.data.settle(inventory);
            near_duplicates::tell(&splits, &settings.lab);
        }
        Ok(Draft { recipe, reasons, splits, place, first_weights, original })
    }

    /// The recipe that is asked for, or one that suits the data.
    fn choice(&self, settings: &Settings) -> Result<RecipeChoice, Failure> {
        let mut overrides = self.reading.overrides()?;
        for setting in &self.settings {
            overrides.push(setting.parse::<Override>()?);
        }
        for (key, number) in [("training.epochs", self.epochs), ("seed", self.seed)] {
            if let Some(number) = number {
                overrides.push(Override::set(key, number)?);
            }
        }
        let purpose = self.kind.map(Purpose::from);
        if let (None, Some(data)) = (&self.recipe, &self.data) {
            let wish = (purpose.unwrap_or_default(), self.latent);
            return Ok(RecipeChoice::new(data, &overrides, wish, &self.dirs.folders(), &settings.lab)?);
        }
        let name = self.recipe.as_deref().unwrap_or(DEFAULT_RECIPE);
        refuse_data_as_recipe(name)?;
        let first = [
            self.data.as_deref().map(Override::data),
            self.latent.map(Override::latent),
            purpose.map(Override::purpose),
        ];
        let overrides: Vec<Override> = first.into_iter().flatten().chain(overrides).collect();
        Ok(RecipeChoice { recipe: Recipe::open(name, &overrides)?, reasons: Vec::new(), splits: None })
    }

    fn first_weights(&self) -> Result<Option<FirstWeights>, Failure> {
        let Some(folder) = &self.warm_start else { return Ok(None) };
        Ok(Some(FirstWeights::of(&RunDir::open(folder)?)?))
    }

    fn existing(&self) -> Existing {
        if self.force { Existing::Overwrite } else { Existing::Refuse }
    }

    fn check_folder(&self) -> Result<(), Failure> {
        match &self.out {
            Some(out) if !self.force && !self.dry_run && RunDir::open(out).is_ok() => {
                Err(run::Error::HoldsRun { path: out.clone() }.into())
            }
            _ => Ok(()),
        }
    }

    /// A new run, in the folder that was asked for or in one of its own.
    fn begin(&self, draft: Draft, settings: &Settings) -> Result<(Session, Splits), Failure> {
        let Draft { recipe, splits, place, first_weights, .. } = draft;
        let folder = || match &self.out {
            Some(out) => Ok(out.clone()),
            None => Ok(new_folder("runs", &recipe.name)?),
        };
        let existing = self.existing();
        let new_run = NewRun { recipe: &recipe, splits: &splits, place: &place, first_weights, existing };
        Ok((Session::begin(new_run, folder, &settings.lab)?, splits))
    }
}

/// Endings of files that hold data, and are given in a recipe's place by mistake.
const DATA_ENDINGS: [&str; 16] = [
    "bmp", "csv", "gif", "gz", "h5", "hdf5", "jpeg", "jpg", "npy", "npz", "parquet", "png", "tif", "tiff",
    "tsv", "webp",
];

/// Asks back where what should be a recipe is data, or a run.
fn refuse_data_as_recipe(name: &str) -> Result<(), Failure> {
    let path = Path::new(name);
    let ending = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let is_data_file = path.is_file() && ending.is_some_and(|ending| DATA_ENDINGS.contains(&ending.as_str()));
    let is_built_in = BUILT_IN.iter().any(|recipe| recipe.name == name);
    if is_built_in || !(path.is_dir() || is_data_file) {
        return Ok(());
    }
    let what = if path.is_dir() { "a folder" } else { "a file" };
    let failure = Failure::mistake(format!("{name}: is {what}, and no recipe, which would end in .toml"));
    Err(match RunDir::open(path) {
        Ok(_) => failure.hint(format!(
            "it is a run: did you mean --resume {name}, --from-run {name} or --warm-start {name}?"
        )),
        Err(_) => failure.hint(format!("did you mean --data {name}?")),
    })
}

/// Trains.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let mut original = None;
    let (session, splits) = match &arguments.resume {
        Some(folder) => {
            let epochs = arguments.epochs.map(|epochs| {
                let refuse = |_| Failure::mistake(format!("--epochs {epochs}: must be at least 1"));
                u64::try_from(epochs).map_err(refuse)
            });
            Session::resume(folder, epochs.transpose()?, &arguments.dirs.folders(), &settings.lab)?
        }
        None => {
            let mut draft = arguments.draft(settings)?;
            if arguments.dry_run {
                return dry_run::outcome(draft, settings);
            }
            original = draft.original.take();
            arguments.begin(draft, settings)?
        }
    };
    let stop = interrupt::stop_flag("saving what was learned", "saving nothing more")?;
    let FinishedTraining { run, manifest, plan, training, .. } =
        &mut session.train(&stop, arguments.tensorboard, &settings.lab)?;
    let repetition = original.map(|original| original.compare(run, manifest)).transpose()?;
    let extras = [!arguments.no_report, arguments.tensorboard];
    let drawn = draw(run, manifest, &splits, extras, started, &settings.lab)?;
    let report = ending::Report { arguments: &arguments, run, plan, manifest, repetition };
    report.outcome(training, &drawn)
}
