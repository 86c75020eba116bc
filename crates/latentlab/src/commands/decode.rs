//! `decode`: images at points of the latent space that the user names.

use latentlab::run::RunDir;

use crate::coordinates;
use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::figures;
use crate::numbers::count;
use crate::opened::RunArguments;
use crate::outcome::Outcome;
use crate::pictures::Pictures;
use crate::settings::Settings;

/// Decode points of the latent space
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab decode runs/mnist-conv-vae-1 --z -1,0
  latentlab decode runs/mnist-conv-vae-1 --z -1,0 --z 0,0 --z 1,0 --out points.png")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// A point, one number for each latent dimension; may be given more than once
    #[arg(long, value_name = "A,B,…", required = true, allow_hyphen_values = true, value_parser = point)]
    pub z: Vec<Point>,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Coordinates, as given and as numbers.
#[derive(Clone, Debug)]
pub struct Point {
    text: String,
    values: Vec<f32>,
}

fn point(text: &str) -> Result<Point, String> {
    let number = |part: &str| match part.trim().parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!(
            "{:?} is no finite number; write numbers with commas between, as in -1,0.5",
            part.trim()
        )),
    };
    let values = text.split(',').map(number).collect::<Result<_, _>>()?;
    Ok(Point { text: text.to_owned(), values })
}

/// Decodes.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let to = Destination::new(&arguments.out, &opened.dir, "decoded", Kind::Images)?;
    let model = &mut opened.trained.model;
    let dims = model.code_shape().len();
    if let Some(point) = arguments.z.iter().find(|point| point.values.len() != dims) {
        return Err(wrong_length(point, dims, &opened.dir));
    }
    let points: Vec<&[f32]> = arguments.z.iter().map(|point| point.values.as_slice()).collect();
    let pictures = Pictures::new(model.decode(&points.concat())?, model.network().input);
    let figure = || figures::grid(&pictures, &coordinates::captions(&points));
    let files = to.write(figure, &pictures, |index| format!("decoded-{index:05}"))?;
    Ok(Outcome::files(&count(pictures.count(), "decoded point"), &files).with("images", pictures.count()))
}

fn wrong_length(point: &Point, dims: usize, run: &RunDir) -> Failure {
    let (found, run) = (count(point.values.len(), "number"), run.path().display());
    Failure::mistake(format!(
        "--z {}: {found}, but the latent space of {run} has {}",
        point.text,
        count(dims, "dimension")
    ))
}
