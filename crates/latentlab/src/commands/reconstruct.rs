//! `reconstruct`: originals over what becomes of them.

use std::path::PathBuf;

use latentlab::train::Seen;

use crate::comparison;
use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::numbers::count;
use crate::opened::{RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::settings::Settings;

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
    pub images: SplitArguments,

    /// An image file or a folder of images instead of a split
    #[arg(long = "images", value_name = "PATH", conflicts_with_all = ["split", "data"])]
    pub files: Option<PathBuf>,

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
    let to = Destination::new(&arguments.out, &opened.dir, "reconstructions", Kind::Images)?;
    let asked = arguments.n.map(|n| n as usize);
    let (set, names, transform) = match &arguments.files {
        Some(path) => {
            let (set, names) = opened.load_images(path, settings)?;
            let set = set.first(asked.unwrap_or(usize::MAX));
            (set, names, Some(opened.own_transform(None)?))
        }
        None => {
            let splits = arguments.images.open(&opened, settings)?;
            let split = arguments.images.split;
            let set = split.of(&splits).first(asked.unwrap_or(comparison::COLUMNS));
            let names = (0..set.len()).map(|index| format!("{}-{index:05}", split.name())).collect();
            (set, names, None)
        }
    };
    let set = to.limit(set, settings);
    let seen = match transform {
        Some(transform) => Seen::new(&set, transform),
        None => opened.trained.seen(&set),
    };
    let made = opened.reconstruct(&seen, set.len());
    let has_noise = transform.is_none() && opened.trained.recipe.data.input.noise.is_some();
    let figure =
        || if has_noise { comparison::denoised(&made, &[]) } else { comparison::reconstructions(&made, &[]) };
    let files = to.write(figure, &made.outputs, |index| names[index].clone())?;
    Ok(Outcome::files(&count(set.len(), "reconstruction"), &files).with("images", set.len()))
}
