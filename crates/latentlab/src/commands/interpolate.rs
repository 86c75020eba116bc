//! `interpolate`: what lies between two images in latent space.

use latentlab::model::{Path, PathError};

use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::figures;
use crate::numbers::grouped;
use crate::opened::{RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::pictures::Pictures;
use crate::settings::Settings;

/// Decode the way from one image's code to another's
///
/// Codes are the means of the posteriors. The way is the straight line between them, or with --spherical the
/// arc, which keeps the length of codes that a VAE's prior has. The two originals stand at the ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab interpolate runs/mnist-mlp-vae-1 --from 0 --to 7
  latentlab interpolate runs/mnist-mlp-vae-1 --from 3 --to 18 --steps 15 --spherical --out arc.png
  latentlab interpolate runs/mnist-mlp-ae-1 --from 0 --to 7 --split train --out way.npz")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// The first image: its position in the split, counted from 0 as rows of an embedding are
    #[arg(long, value_name = "I")]
    pub from: usize,

    /// The last image
    #[arg(long, value_name = "J")]
    pub to: usize,

    /// Decoded points, both ends included
    #[arg(long, value_name = "N", default_value = "11", value_parser = clap::value_parser!(u16).range(2..=200))]
    pub steps: u16,

    /// Follow the arc instead of the straight line
    #[arg(long)]
    pub spherical: bool,

    /// Which images.
    #[command(flatten)]
    pub images: SplitArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Interpolates.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let to = Destination::new(&arguments.out, &opened.dir, "interpolation", Kind::Images)?;
    let splits = arguments.images.open(&opened, settings)?;
    let (split, set) = (arguments.images.split, arguments.images.split.of(&splits));
    for (name, index) in [("from", arguments.from), ("to", arguments.to)] {
        if index >= set.len() {
            let (all, last) = (grouped(set.len()), set.len().saturating_sub(1));
            return Err(Failure::mistake(format!(
                "--{name} {index}: the {} split has {all} images, 0 to {last}",
                split.name()
            )));
        }
    }
    let ends = set.subset(&[arguments.from, arguments.to])?;
    let seen = opened.trained.seen(&ends);
    let made = opened.reconstruct(&seen, ends.len());
    let model = &mut opened.trained.model;
    let codes = model.encode_from(&seen, ends.len());
    let (from, to_code) = codes.mean.split_at(codes.dims());
    let path = if arguments.spherical { Path::Spherical } else { Path::Linear };
    let steps = usize::from(arguments.steps);
    let way = path.between(from, to_code, steps).map_err(|error| refused(error, &arguments))?;
    let pictures = Pictures::new(model.decode(&way)?, model.network().input);
    let figure = || figures::interpolation(&pictures, &made.targets);
    let files = to.write(figure, &pictures, |index| format!("step-{index:03}"))?;
    let name = if arguments.spherical { "spherical" } else { "linear" };
    let what = format!("{steps} steps from image {} to image {}, {name}", arguments.from, arguments.to);
    let outcome = Outcome::files(&what, &files).with("images", pictures.count()).with("path", name);
    Ok(outcome.with("from", arguments.from).with("to", arguments.to))
}

fn refused(error: PathError, arguments: &Arguments) -> Failure {
    let failure = Failure::mistake(format!("--from {} --to {}: {error}", arguments.from, arguments.to));
    failure.hint("without --spherical the straight line is taken, which always is")
}
