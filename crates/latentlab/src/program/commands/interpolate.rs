//! `interpolate`: what lies between two images in latent space.

use crate::lab::figures::grids;
use crate::lab::pictures::Pictures;
use crate::lab::runs::Run;
use crate::lab::runs::one_image::{Finder, OneImage};
use crate::model::{Path, PathError};
use crate::train::ImageSource;

use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::{RunArguments, SplitArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Decode the way from one image's code to another's
///
/// Codes are the means of the posteriors. The way is the straight line between them, or with --spherical the
/// arc, which keeps the length of codes that a VAE's prior has. The two originals stand at the ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab interpolate runs/mnist-mlp-vae-1 --from 0 --to 7
  latentlab interpolate runs/mnist-mlp-vae-1 --from 3 --to 18 --steps 15 --spherical --out arc.png
  latentlab interpolate runs/mnist-mlp-ae-1 --from 0 --to 7 --split train --out way.npz
  latentlab interpolate runs/faces-1 --from ann.png --to photos/bob.jpg --out way.png")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// The first image: its position in the split, counted from 0 as rows of an embedding are, the name of its file in
    /// the data set, or the path of an image file
    #[arg(long, value_name = "I|NAME|FILE")]
    pub from: String,

    /// The last image
    #[arg(long, value_name = "J|NAME|FILE")]
    pub to: String,

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
    opened.check_images("interpolate")?;
    let to = Destination::new(&arguments.out, &opened.dir, "interpolation", Kind::Images)?;
    let images = arguments.images.request();
    let mut finder = Finder::new(&images, &settings.lab);
    let first = finder.find(&opened, "--from", &arguments.from)?;
    let last = finder.find(&opened, "--to", &arguments.to)?;
    let (from, first) = code_and_image(&mut opened, &first);
    let (to_code, last) = code_and_image(&mut opened, &last);
    let ends = Pictures::new([first, last].concat(), opened.trained.model.network().input);
    let model = &mut opened.trained.model;
    let path = if arguments.spherical { Path::Spherical } else { Path::Linear };
    let steps = usize::from(arguments.steps);
    let way = path.between(&from, &to_code, steps).map_err(|error| refused(error, &arguments))?;
    let pictures = Pictures::new(model.decode(&way)?, model.network().input);
    let figure = || grids::interpolation(&pictures, &ends);
    let files = to.write(figure, &pictures, |index| format!("step-{index:03}"))?;
    let name = if arguments.spherical { "spherical" } else { "linear" };
    let what = format!("{steps} steps from image {} to image {}, {name}", arguments.from, arguments.to);
    let outcome = Outcome::files(&what, &files).with("images", pictures.count()).with("path", name);
    Ok(outcome.with("from", named(&arguments.from)).with("to", named(&arguments.to)))
}

/// The mean of an image's posterior, and the image as the network should give it.
fn code_and_image(opened: &mut Run, image: &OneImage) -> (Vec<f32>, Vec<f32>) {
    let seen = ImageSource::new(&image.set, image.transform);
    let target = opened.reconstruct(&seen, 1).targets.pixels;
    (opened.trained.model.encode_from(&seen, 1).mean, target)
}

/// A position as a number, a name as text.
fn named(image: &str) -> serde_json::Value {
    image.parse::<usize>().map_or_else(|_| image.into(), Into::into)
}

fn refused(error: PathError, arguments: &Arguments) -> Failure {
    let failure = Failure::mistake(format!("--from {} --to {}: {error}", arguments.from, arguments.to));
    failure.hint("without --spherical the straight line is taken, which always is")
}
