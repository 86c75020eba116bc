//! `traverse`: what each latent dimension does.

use crate::lab::figures::grids;
use crate::lab::figures::latent_points::evenly;
use crate::lab::numbers::{count, grouped};
use crate::lab::pictures::Pictures;
use crate::lab::runs::Run;
use crate::lab::runs::one_image::Finder;
use crate::model::Embedding;
use crate::train::ImageSource;

use crate::program::coordinates::{self, Coordinates};
use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::{RunArguments, SplitArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Dimensions that are drawn unless more are asked for.
const ROWS: usize = 20;

/// Decode one latent dimension after the other, all others held
///
/// One row per dimension, its values from left to right. All other dimensions stay at 0, the prior's mean; at
/// the mean of the codes for a plain autoencoder; or at an image's code with --image.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab traverse runs/mnist-mlp-vae-1
  latentlab traverse runs/mnist-mlp-vae-1 --dims 1,4,7 --image 12 --range -2.5,2.5
  latentlab traverse runs/mnist-mlp-ae-1 --steps 15 --out traversal.png")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Dimensions, counted from 1 as z₁, z₂ on the rows [default: all, of more than 20 the first 20]
    #[arg(long, value_name = "I,J,…", value_parser = coordinates::dims)]
    pub dims: Option<Coordinates>,

    /// Values from A to B [default: -3,3 for a VAE, else where the codes of the split's images lie]
    #[arg(long, value_name = "A,B", allow_hyphen_values = true, value_parser = coordinates::range)]
    pub range: Option<(f32, f32)>,

    /// Values per dimension
    #[arg(long, value_name = "N", default_value = "11", value_parser = clap::value_parser!(u16).range(2..=100))]
    pub steps: u16,

    /// Hold the other dimensions at the code of this image: its position in the split, counted from 0, the name of its
    /// file in the data set, or the path of an image file
    #[arg(long, value_name = "I|NAME|FILE")]
    pub image: Option<String>,

    /// Which images.
    #[command(flatten)]
    pub images: SplitArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Decodes and draws.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    opened.check_images("traverse")?;
    let to = Destination::new(&arguments.out, &opened.dir, "traversal", Kind::Images)?;
    let size = opened.trained.model.code_shape().len();
    let dims = match &arguments.dims {
        Some(dims) => dims.check(size, &opened.dir)?,
        None => (0..size.min(ROWS)).collect(),
    };
    if arguments.dims.is_none() && size > ROWS {
        let all = grouped(size);
        settings.lab.note(format_args!("drawing the first {ROWS} of {all} dimensions; --dims takes others"));
    }
    let steps = usize::from(arguments.steps);
    let (base, codes) = base(&mut opened, &arguments, settings)?;
    let ranges: Vec<(f32, f32)> = dims
        .iter()
        .map(|dim| match (arguments.range, &codes) {
            (Some(range), _) => range,
            (None, Some(codes)) => grids::natural_range(codes, *dim),
            (None, None) => (-grids::PRIOR_RANGE, grids::PRIOR_RANGE),
        })
        .collect();
    let mut points = Vec::with_capacity(dims.len() * steps * size);
    for (dim, range) in dims.iter().zip(&ranges) {
        for value in evenly(*range, steps) {
            let start = points.len();
            points.extend_from_slice(&base);
            points[start + dim] = value;
        }
    }
    let model = &mut opened.trained.model;
    let pictures = Pictures::new(model.decode(&points)?, model.network().input);
    let figure = || grids::traversal(&pictures, &dims, &ranges, steps);
    let name = |index: usize| format!("z{}-step-{:03}", dims[index / steps] + 1, index % steps);
    let files = to.write(figure, &pictures, name)?;
    let what = format!("{}, {steps} values each", count(dims.len(), "dimension"));
    let numbered: Vec<usize> = dims.iter().map(|dim| dim + 1).collect();
    Ok(Outcome::files(&what, &files).with("images", pictures.count()).with("dims", numbered))
}

/// The code that is held, and all codes of the split where they are needed.
fn base(
    opened: &mut Run,
    arguments: &Arguments,
    settings: &Settings,
) -> Result<(Vec<f32>, Option<Embedding>), Failure> {
    let images = arguments.images.request();
    let variational = opened.trained.model.network().is_variational();
    let held = match &arguments.image {
        Some(image) => {
            let image = Finder::new(&images, &settings.lab).find(opened, "--image", image)?;
            let seen = ImageSource::new(&image.set, image.transform);
            Some(opened.trained.model.encode_from(&seen, 1).mean)
        }
        None => None,
    };
    if variational {
        let size = opened.trained.model.code_shape().len();
        return Ok((held.unwrap_or_else(|| vec![0.0; size]), None)); // no other images needed
    }
    let splits = images.open(opened, &settings.lab)?;
    let set = images.part(opened).of(&splits);
    let codes = opened.trained.model.encode_from(&opened.trained.source(set), set.len());
    Ok((held.unwrap_or_else(|| mean_code(&codes)), Some(codes)))
}

fn mean_code(codes: &Embedding) -> Vec<f32> {
    let mut sum = vec![0.0f64; codes.dims()];
    for code in codes.mean.chunks_exact(codes.dims()) {
        sum.iter_mut().zip(code).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sum.iter().map(|sum| (sum / codes.len() as f64) as f32).collect()
}
