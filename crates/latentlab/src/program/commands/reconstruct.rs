//! `reconstruct`: originals over what becomes of them.

use crate::lab::figure_files::figure_name;
use crate::lab::figures::rows;
use crate::lab::numbers::count;
use crate::lab::row_names::RowNames;

use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::{ImageArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::row_file::RowFile;
use crate::program::settings::Settings;

/// Draw images over their reconstructions
///
/// Each reconstruction is decoded from the mean of its image's posterior; its PSNR stands below it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab reconstruct runs/mnist-mlp-vae-1 -n 20
  latentlab reconstruct runs/mnist-mlp-vae-1 --split train --out train.png
  latentlab reconstruct runs/faces-1 --images ./photos --out reconstructed/")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Which images.
    #[command(flatten)]
    pub images: ImageArguments,

    /// How many images, the first ones [default: 10; all, with --images]
    #[arg(short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub n: Option<u32>,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Reconstructs.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    if let Some(file) = RowFile::new(&arguments.out, &opened)? {
        let images = arguments.images.request().open(&opened, &settings.lab)?;
        let set = images.set.first(arguments.n.map_or(usize::MAX, |n| n as usize));
        let made = opened.reconstruct(&images.source(), set.len());
        let files = [file.write(made.outputs.pixels, Some(&RowNames::of(&set)))?];
        return Ok(Outcome::files(&count(set.len(), "reconstructed row"), &files).with("rows", set.len()));
    }
    let name = figure_name("reconstructions", arguments.images.request().are_own(&opened));
    let to = Destination::new(&arguments.out, &opened.dir, name, Kind::Images)?;
    let mut images = arguments.images.request().open(&opened, &settings.lab)?;
    let are_files = images.part.is_none();
    let most = if are_files { usize::MAX } else { rows::COLUMNS };
    let asked = images.set.first(arguments.n.map_or(most, |n| n as usize));
    images.set = to.limit(asked, settings);
    let has_noise = !are_files && opened.trained.recipe.data.is_denoising();
    let made = opened.reconstruct(&images.source(), images.set.len());
    let figure = || if has_noise { rows::denoised(&made, &[]) } else { rows::reconstructions(&made, &[]) };
    let stems = images.stems();
    let files = to.write(figure, &made.outputs, |index| stems[index].clone())?;
    let n = images.set.len();
    Ok(Outcome::files(&count(n, "reconstruction"), &files).with("images", n))
}
