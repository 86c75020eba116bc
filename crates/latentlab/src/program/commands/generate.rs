//! `generate`: new images, from the prior or from where the training images' codes lie.

use crate::lab::evaluation::samplers::Sampler;
use crate::lab::figures::grids;
use crate::lab::generation::{Generation, GenerationOptions, generate};
use crate::lab::numbers::count;

use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::{DirArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::row_file::RowFile;
use crate::program::settings::Settings;

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
  latentlab generate runs/mnist-mlp-vae-1 --sampler prior --temperature 0.7
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

    /// Where codes are drawn from [default: the one whose images are most like held-out ones by the report's measure, if
    /// the run's data are at hand; it is said which]
    #[arg(long, value_enum)]
    pub sampler: Option<Sampler>,

    /// Factor of the deviations of what codes are drawn from: below 1, images are more usual and more alike
    #[arg(long, value_name = "T", default_value = "1", value_parser = parse_temperature)]
    pub temperature: f64,

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
        temperature: arguments.temperature,
        components: arguments.components,
        dirs: arguments.dirs.folders(),
    };
    let Generation { pictures, sampler, reason, log_likelihood } =
        generate(&mut opened, &options, &settings.lab)?;
    let name = |index: usize| format!("sample-{index:05}");
    let files = match (&rows, &to) {
        (Some(file), _) => vec![file.write(pictures.pixels.clone(), None)?],
        (None, Some(to)) => to.write(|| grids::grid(&pictures, &[]), &pictures, name)?,
        (None, None) => Vec::new(),
    };
    let mut what = count(pictures.count(), if rows.is_some() { "generated row" } else { "generated image" });
    if let Some(reason) = &reason {
        what += &format!("; {reason}");
    }
    if let Some(found) = log_likelihood {
        let sampler = sampler.name();
        what +=
            &format!("; the sampler {sampler} gives held-out codes a mean log density of {found:.2} nats");
    }
    let outcome = Outcome::files(&what, &files);
    let outcome =
        log_likelihood.into_iter().fold(outcome, |outcome, found| outcome.with("log_likelihood", found));
    let outcome = outcome.with("images", pictures.count()).with("seed", arguments.seed);
    let outcome = reason.into_iter().fold(outcome, |outcome, reason| outcome.with("reason", reason));
    Ok(outcome.with("sampler", sampler.name()).with("temperature", arguments.temperature))
}

fn parse_temperature(text: &str) -> Result<f64, String> {
    let refused = || format!("`{text}`: must be a number above 0 and at most 10");
    let temperature: f64 = text.parse().map_err(|_| refused())?;
    if temperature > 0.0 && temperature <= 10.0 { Ok(temperature) } else { Err(refused()) }
}
