//! `generate`: new images from the prior.

use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::figures;
use crate::numbers::count;
use crate::opened::RunArguments;
use crate::outcome::Outcome;
use crate::pictures::Pictures;
use crate::settings::Settings;

/// Generate new images: decode draws of the prior N(0, I)
///
/// A pure function of weights and seed: image i is the same however many are asked for. The codes of a plain
/// autoencoder have no prior; its images from N(0, I) show why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab generate runs/mnist-mlp-vae-1 -n 64
  latentlab generate runs/mnist-mlp-vae-1 -n 100 --seed 7 --out samples.png
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

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Generates.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let to = Destination::new(&arguments.out, &opened.dir, "samples", Kind::Images)?;
    let model = &mut opened.trained.model;
    if !model.network().is_variational() {
        settings.console.warn(
            "this is a plain autoencoder: nothing made its codes look like N(0, I), so expect no good images",
        );
    }
    let codes = model.random_codes(arguments.n as usize, arguments.seed);
    let pictures = Pictures::new(model.decode(&codes)?, model.network().input);
    let files =
        to.write(|| figures::grid(&pictures, &[]), &pictures, |index| format!("sample-{index:05}"))?;
    let outcome = Outcome::files(&count(pictures.count(), "generated image"), &files);
    Ok(outcome.with("images", pictures.count()).with("seed", arguments.seed))
}
