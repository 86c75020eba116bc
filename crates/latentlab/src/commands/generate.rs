//! `generate`: new images, from the prior or from where the training images' codes lie.

use latentlab::lab::evaluation::samplers::Sampler;
use latentlab::lab::figures::grids;
use latentlab::lab::generation::{Generation, GenerationOptions, generate};
use latentlab::lab::numbers::count;

use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::image_arguments::{DirArguments, RunArguments};
use crate::outcome::Outcome;
use crate::row_file::RowFile;
use crate::settings::Settings;

/// Generate new images from the prior N(0, I), or from where the codes lie
///
/// A pure function of weights and seed: image i is the same however many are asked for. The codes of a plain
/// autoencoder have no prior, and its images from N(0, I) show why; a sampler fitted to its codes afterwards
/// (--sampler gaussian or gmm) makes a generator of it, and a better one of many a VAE.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab generate runs/mnist-mlp-vae-1 -n 64
  latentlab generate runs/mnist-mlp-vae-1 -n 100 --seed 7 --out samples.png
  latentlab generate runs/mnist-mlp-vae-1 -n 1 --out one.png            the image itself
  latentlab generate runs/mnist-mlp-ae-1 --sampler gmm --components 20
  latentlab generate runs/mnist-mlp-vae-1 -n 5000 --out generated/      one PNG each
  latentlab generate runs/mnist-mlp-vae-1 -n 5000 --out generated.npz   an array")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// How many images
    #[arg(short, value_name = "N", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub n: u32,

    /// Which images: every seed gives others
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// Where codes are drawn from
    #[arg(long, value_enum, default_value = "prior")]
    pub sampler: Sampler,

    /// Gaussians of the mixture, with --sampler gmm [default: 10, or as many as training images where these are fewer]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub components: Option<u16>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Generates.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let rows = RowFile::new(&arguments.out, &opened)?;
    let to = match rows {
        Some(_) => None,
        None => Some(Destination::new(&arguments.out, &opened.dir, "samples", Kind::Alone)?),
    };
    let options = GenerationOptions {
        images: arguments.n as usize,
        seed: arguments.seed,
        sampler: arguments.sampler,
        components: arguments.components,
        dirs: arguments.dirs.folders(),
    };
    let Generation { pictures, log_likelihood } = generate(&mut opened, &options, &settings.lab)?;
    let name = |index: usize| format!("sample-{index:05}");
    let files = match (&rows, &to) {
        (Some(file), _) => vec![file.write(pictures.pixels.clone(), None)?],
        (None, Some(to)) => to.write(|| grids::grid(&pictures, &[]), &pictures, name)?,
        (None, None) => Vec::new(),
    };
    let mut what = count(pictures.count(), if rows.is_some() { "generated row" } else { "generated image" });
    if let Some(found) = log_likelihood {
        let sampler = arguments.sampler.name();
        what +=
            &format!("; the sampler {sampler} gives held-out codes a mean log density of {found:.2} nats");
    }
    let outcome = Outcome::files(&what, &files);
    let outcome =
        log_likelihood.into_iter().fold(outcome, |outcome, found| outcome.with("log_likelihood", found));
    let outcome = outcome.with("images", pictures.count()).with("seed", arguments.seed);
    Ok(outcome.with("sampler", arguments.sampler.name()))
}
