//! `manifold`: a decoded grid of the latent space.

use crate::lab::Split;
use crate::lab::figures::grids;
use crate::lab::numbers::count;
use crate::lab::runs::Run;
use crate::lab::runs::SplitRequest;
use crate::report::LatentGrid;

use crate::program::coordinates::{self, Coordinates};
use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::image_arguments::RunArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Decode a grid of the latent space into one picture, coordinates on its ticks
///
/// The first dimension runs to the right, the second upwards; all others are 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab manifold runs/mnist-conv-vae-1
  latentlab manifold runs/mnist-conv-vae-1 --range -4,4 --steps 15 --out manifold.png
  latentlab manifold runs/mnist-mlp-vae-1 --dims 3,7 --range -2,2")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Coordinates from A to B in both directions [default: -3,3 for a VAE, else where the codes of the test
    /// images lie]
    #[arg(long, value_name = "A,B", allow_hyphen_values = true, value_parser = coordinates::range)]
    pub range: Option<(f32, f32)>,

    /// Points in each direction
    #[arg(long, value_name = "N", default_value = "15", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub steps: u16,

    /// Which two dimensions, counted from 1 as z₁, z₂ on the axes
    #[arg(long, value_name = "I,J", default_value = "1,2", value_parser = coordinates::two_dims)]
    pub dims: Coordinates,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Decodes and draws.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    opened.check_images("manifold")?;
    let to = Destination::new(&arguments.out, &opened.dir, "manifold", Kind::Axes)?;
    let dims = arguments.dims.check(opened.trained.model.code_shape().len(), &opened.dir)?;
    let dims = [dims[0], dims[1]];
    let steps = usize::from(arguments.steps);
    let grid = match arguments.range {
        Some((low, high)) => LatentGrid::square(low, high, steps),
        None => natural_grid(&mut opened, &arguments, dims, steps, settings)?,
    };
    let pictures = grids::decode_grid(&mut opened.trained.model, &grid, dims)?;
    let figure = || grids::manifold(&pictures, &grid, dims);
    let files =
        to.write(figure, &pictures, |index| format!("row-{:03}-column-{:03}", index / steps, index % steps))?;
    Ok(Outcome::files(&count(pictures.count(), "decoded point"), &files).with("images", pictures.count()))
}

fn natural_grid(
    opened: &mut Run,
    arguments: &Arguments,
    dims: [usize; 2],
    steps: usize,
    settings: &Settings,
) -> Result<LatentGrid, Failure> {
    if opened.trained.model.network().is_variational() {
        return Ok(LatentGrid::square(-grids::PRIOR_RANGE, grids::PRIOR_RANGE, steps));
    }
    let images = SplitRequest::new(Split::Test, None, arguments.dirs.folders());
    let splits = images.open(opened, &settings.lab)?;
    let seen = opened.trained.source(&splits.test);
    let codes = opened.trained.model.encode_from(&seen, splits.test.len());
    Ok(grids::natural_grid(&codes, dims, steps))
}
