//! What `train` is asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::data::Noise;
use crate::train::{Aim, Purpose};

use crate::program::image_arguments::{DirArguments, ReadingArguments};
use crate::program::tracking_arguments::TrackingArguments;

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
  latentlab train --data ./my-images --for anomalies --budget 10m
  latentlab train --data ./my-scans --for denoising  takes off noise such as the scans have
  latentlab train --data ./my-images --noise poisson:30,jpeg:40
  latentlab train --data ./noisy --clean ./clean      learns from pairs of the same names
  latentlab train --data ./my-images --dry-run > mine.toml   the recipe, and how long it takes; trains nothing
  latentlab train my-recipe.toml --out runs/first    a recipe of your own
  latentlab train mnist-mlp-vae --epochs 5 --seed 1 --data-dir ~/data
  latentlab train mnist-mlp-vae --data fashion-mnist
  latentlab train mnist-mlp-vae --set model.latent.size=2 --set optimizer.learning_rate=5e-4
  latentlab train --resume runs/mnist-mlp-vae-1      after a crash, a kill or Ctrl-C
  latentlab train --resume runs/mnist-mlp-vae-1 --epochs 50
  latentlab train --from-run runs/mnist-mlp-vae-1    again, to see that it comes out the same
  latentlab train mine.toml --warm-start runs/a-1    from the weights of another run
  latentlab train mnist-mlp-vae --mlflow http://127.0.0.1:5000   an MLflow server sees it grow")]
pub struct Arguments {
    /// Built-in recipe or TOML file [default: one that suits the images of --data; without, synthetic-digits-vae]
    pub recipe: Option<String>,

    /// Train on this data set instead: a name (see: latentlab data), a folder of images or IDX files, .tar archives, a .npy
    /// or .npz file
    #[arg(long, value_name = "NAME|PATH")]
    pub data: Option<String>,

    /// What the network is for: an autoencoder, a variational one, or an autoencoder that takes noise off images. A
    /// recipe keeps the size of its code, and everything else [default: the recipe's; vae without a recipe]
    #[arg(long = "as", value_name = "KIND", value_enum)]
    pub kind: Option<Kind>,

    /// What the net that is chosen for --data will be used for: decides kind, code, loss and augmentation
    #[arg(long = "for", value_name = "USE", conflicts_with_all = ["kind", "resume", "from_run"])]
    pub aim: Option<Use>,

    /// Noise that the network sees on its input and learns to take off: gaussian:σ (of pixel values from 0 to 1),
    /// poisson:PHOTONS (at white), salt:PART (of the pixels), blur:PIXELS, jpeg:QUALITY; several with commas between; a
    /// number alone is Gaussian. They come in the order blur, poisson, gaussian, salt, jpeg [default: the recipe's; where
    /// a net is chosen for denoising, by the noise that the images have]
    #[arg(long, value_name = "NOISE", allow_hyphen_values = true, conflicts_with_all = ["resume", "from_run"])]
    pub noise: Vec<Noise>,

    /// Folder of the same images without what is wrong with those of --data, under the same names and of the same sizes: the
    /// network sees those of --data and learns to give these
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["resume", "from_run"])]
    pub clean: Option<PathBuf>,

    /// The time that training may take, as 90s, 10m or 2h: decides width and epochs of the net that is chosen for
    /// --data, by its speed on this machine [default: 4m]
    #[arg(long, value_name = "TIME", value_parser = parse_time, conflicts_with_all = ["resume", "from_run"])]
    pub budget: Option<Duration>,

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
    #[arg(long, conflicts_with = "mlflow")]
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

    /// Draw no figures at all, and write no report.html
    #[arg(long, conflicts_with = "tensorboard")]
    pub no_figures: bool,

    /// Write TensorBoard event files too, into the run's folder tensorboard: scalars of each epoch, images, and the
    /// codes of the test images for its projector
    #[arg(long)]
    pub tensorboard: bool,

    /// Which server is told of it.
    #[command(flatten)]
    pub tracking: TrackingArguments,

    /// How data are read.
    #[command(flatten)]
    pub reading: ReadingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// What a chosen net is used for, as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Use {
    /// An autoencoder whose codes are compared: images that are alike, duplicates
    Embedding,
    /// A variational autoencoder, to make new images
    Generation,
    /// An autoencoder with a narrow code, through which unusual images do not fit
    Anomalies,
    /// An autoencoder that takes noise off images
    Denoising,
}

impl From<Use> for Aim {
    fn from(aim: Use) -> Self {
        match aim {
            Use::Embedding => Self::Embedding,
            Use::Generation => Self::Generation,
            Use::Anomalies => Self::Anomalies,
            Use::Denoising => Self::Denoising,
        }
    }
}

/// A time as people write it: a number with s, m or h behind it.
fn parse_time(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is no time: write 90s, 10m or 2h");
    let split = text.len() - text.chars().last().map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(refused()),
    };
    let number: f64 = number.trim().parse().map_err(|_| refused())?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|_| refused())?;
    if time.is_zero() || time > Duration::from_secs(365 * 86_400) { Err(refused()) } else { Ok(time) }
}

/// What a network is for, as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// An autoencoder: the code is what the encoder gives
    Ae,
    /// A variational autoencoder, which generates as well
    Vae,
    /// An autoencoder that sees images with noise (--noise; else by the images' own, or 0.2 of a recipe) and gives the clean
    /// ones
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
