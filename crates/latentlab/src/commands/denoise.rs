//! `denoise`: takes the noise off the user's images.

use std::path::PathBuf;

use latentlab::train::Seen;

use crate::comparison;
use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::numbers::count;
use crate::opened::RunArguments;
use crate::outcome::Outcome;
use crate::settings::Settings;

/// Take the noise off an image or all images of a folder
///
/// Images are taken as they are. With --noise they are taken to be clean: Gaussian noise is added first, and
/// PSNR and SSIM against the clean images stand below the noisy and the denoised ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab denoise runs/mnist-denoiser-1 scan.png --out clean.png
  latentlab denoise runs/mnist-denoiser-1 ./scans --out cleaned/        one PNG each, same names
  latentlab denoise runs/mnist-denoiser-1 ./digits --noise 0.5")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// An image file or a folder of images
    #[arg(value_name = "IMAGE|FOLDER")]
    pub images: PathBuf,

    /// Add Gaussian noise of this standard deviation first (pixels lie in [0, 1])
    #[arg(long, value_name = "σ", allow_negative_numbers = true)]
    pub noise: Option<f32>,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Denoises.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let to = Destination::new(&arguments.out, &opened.dir, "denoised-images", Kind::Images)?;
    let transform = match arguments.noise {
        Some(noise) if !(noise > 0.0 && noise <= 10.0) => {
            return Err(Failure::mistake(format!("--noise {noise}: must be above 0 and at most 10")));
        }
        noise => opened.own_transform(noise)?,
    };
    let (mut set, names) = opened.load_images(&arguments.images, settings)?;
    if opened.trained.recipe.data.input.noise.is_none() {
        settings
            .console
            .warn("this run was not trained to take noise off: its recipe has no data.input.noise");
    }
    set = to.limit(set, settings);
    let made = opened.reconstruct(&Seen::new(&set, transform), set.len());
    let figure = || match arguments.noise {
        Some(_) => comparison::denoised(&made, &[]),
        None => comparison::cleaned(&made),
    };
    let files = to.write(figure, &made.outputs, |index| names[index].clone())?;
    Ok(Outcome::files(&count(set.len(), "denoised image"), &files).with("images", set.len()))
}
