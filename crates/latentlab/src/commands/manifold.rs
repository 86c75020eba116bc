//! `manifold`: a decoded grid of the latent space.

use latentlab::report::LatentGrid;
use latentlab::run::RunDir;

use crate::data_source::{DirArguments, Split};
use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::figures;
use crate::numbers::count;
use crate::opened::{Opened, RunArguments, SplitArguments};
use crate::outcome::Outcome;
use crate::settings::Settings;

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
    #[arg(long, value_name = "A,B", allow_hyphen_values = true, value_parser = range)]
    pub range: Option<(f32, f32)>,

    /// Points in each direction
    #[arg(long, value_name = "N", default_value = "15", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub steps: u16,

    /// Which two dimensions, counted from 1 as z₁, z₂ on the axes
    #[arg(long, value_name = "I,J", default_value = "1,2", value_parser = dims)]
    pub dims: (usize, usize),

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

fn pair<T: std::str::FromStr>(text: &str, allowed: &str) -> Result<(T, T), String> {
    let parse = |part: &str| part.trim().parse::<T>().ok();
    let pair = text.split_once(',').and_then(|(a, b)| Some((parse(a)?, parse(b)?)));
    pair.ok_or_else(|| allowed.to_owned())
}

fn range(text: &str) -> Result<(f32, f32), String> {
    let allowed = "must be two finite numbers, the smaller first, as in -3,3";
    let (low, high) = pair::<f32>(text, allowed)?;
    let fits = low.is_finite() && high.is_finite() && low < high;
    if fits { Ok((low, high)) } else { Err(allowed.into()) }
}

fn dims(text: &str) -> Result<(usize, usize), String> {
    let allowed = "must be two different dimensions, counted from 1, as in 1,2";
    let (i, j) = pair::<usize>(text, allowed)?;
    if i >= 1 && j >= 1 && i != j { Ok((i, j)) } else { Err(allowed.into()) }
}

/// Decodes and draws.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let to = Destination::new(&arguments.out, &opened.dir, "manifold", Kind::Axes)?;
    let dims = check_dims(arguments.dims, opened.trained.model.code_shape().len(), &opened.dir)?;
    let steps = usize::from(arguments.steps);
    let grid = match arguments.range {
        Some((low, high)) => LatentGrid::square(low, high, steps),
        None => natural_grid(&mut opened, &arguments, dims, steps, settings)?,
    };
    let pictures = figures::decode_grid(&mut opened.trained.model, &grid, dims)?;
    let figure = || figures::manifold(&pictures, &grid, dims);
    let files =
        to.write(figure, &pictures, |index| format!("row-{:03}-column-{:03}", index / steps, index % steps))?;
    Ok(Outcome::files(&count(pictures.count(), "decoded point"), &files).with("images", pictures.count()))
}

/// Counts from 0, and checks that the latent space has these dimensions.
fn check_dims((i, j): (usize, usize), size: usize, run: &RunDir) -> Result<[usize; 2], Failure> {
    if i.max(j) <= size {
        return Ok([i - 1, j - 1]);
    }
    let run = run.path().display();
    Err(Failure::mistake(format!(
        "--dims {i},{j}: the latent space of {run} has {}, counted from 1",
        count(size, "dimension")
    )))
}

fn natural_grid(
    opened: &mut Opened,
    arguments: &Arguments,
    dims: [usize; 2],
    steps: usize,
    settings: &Settings,
) -> Result<LatentGrid, Failure> {
    if opened.trained.model.network().is_variational() {
        return Ok(LatentGrid::square(-figures::PRIOR_RANGE, figures::PRIOR_RANGE, steps));
    }
    let dirs = arguments.dirs.clone();
    let images = SplitArguments { split: Split::Test, data: None, dirs };
    let splits = images.open(opened, settings)?;
    let seen = opened.trained.seen(&splits.test);
    let codes = opened.trained.model.encode_from(&seen, splits.test.len());
    Ok(figures::natural_grid(&codes, dims, steps))
}
