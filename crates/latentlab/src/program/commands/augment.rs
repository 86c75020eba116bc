//! `augment`: variations of labelled images, for training something else on more of them.

use std::path::PathBuf;

use crate::lab;
use crate::lab::numbers::count;
use crate::lab::pictures::Pictures;
use crate::lab::runs::ImageSelection;
use crate::lab::variations::{Variations, visible_spread};
use crate::train::ImageSource;

use crate::program::destination::{Destination, Kind, PictureArguments};
use crate::program::failure::Failure;
use crate::program::image_arguments::{ImageArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Images that are varied at a time; bounds memory.
const CHUNK: usize = 512;

/// Write variations of images, drawn from their posteriors
///
/// Each variation is decoded from μ + spread · σ · ε: another image that the model finds as likely for the same
/// code. The folder that is written has a sub-folder per class, as the images had, and trains whatever takes such
/// folders. Without --images, --data or --split these are variations of the images that the run was trained on. Only a VAE
/// has posteriors to draw from.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab augment runs/faces-1 --images ./photos -n 5 --out augmented/
  latentlab augment runs/mnist-mlp-vae-1 -n 3 --spread 1.5 --out augmented/      of its training images
  latentlab augment runs/mnist-mlp-vae-1 --split test --originals --out augmented/")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Variations of each image
    #[arg(short, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub n: u32,

    /// How far from the image, in standard deviations of its posterior [default: 1, or so far that variations of images
    /// can be seen]
    #[arg(long, value_name = "S", value_parser = spread)]
    pub spread: Option<f32>,

    /// Write the originals beside their variations, as the model saw them
    #[arg(long)]
    pub originals: bool,

    /// Which variations: every seed gives others
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// Which images.
    #[command(flatten)]
    pub images: ImageArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

fn spread(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(spread) if spread > 0.0 && spread.is_finite() => Ok(spread),
        _ => Err("must be a number greater than 0".into()),
    }
}

/// Draws and writes.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    opened.check_images("augment")?;
    let to = Destination::new(&arguments.out, &opened.dir, "augmented", Kind::Images)?;
    if !matches!(to, Destination::Folder(_)) {
        let failure = Failure::mistake("--out: variations are written as a folder of images");
        return Err(failure.hint("name a folder, without extension: --out augmented/"));
    }
    if !opened.trained.model.network().is_variational() {
        let failure = Failure::mistake(format!(
            "{}: is a plain autoencoder, whose codes have no posterior to draw from",
            opened.dir.path().display()
        ));
        return Err(failure.hint("a recipe with model.latent.kind = \"gaussian\" has one"));
    }
    let images = arguments.images.request().of_training_images(&opened).open(&opened, &settings.lab)?;
    let (names, set) = (names_of(&images), images.set);
    let transform = opened.own_transform(None)?;
    let variations = arguments.n as usize;
    let spread = match arguments.spread {
        Some(spread) => spread,
        None => visible_spread(&mut opened, &set, arguments.seed, &settings.lab)?,
    };
    let drawn = Variations::new(arguments.seed, spread);
    let mut written = 0;
    for first in (0..set.len()).step_by(CHUNK) {
        let chunk: Vec<usize> = (first..set.len().min(first + CHUNK)).collect();
        let part = set.subset(&chunk)?;
        let model = &mut opened.trained.model;
        let codes = model.encode_from(&ImageSource::new(&part, transform), part.len());
        for variation in 0..variations {
            let drawn = drawn.codes(&codes, &chunk, variation as u64);
            let pictures = Pictures::new(model.decode(&drawn)?, model.network().input);
            to.write(unused, &pictures, |i| format!("{}-variation-{:03}", names[chunk[i]], variation + 1))?;
            written += pictures.count();
        }
        if arguments.originals {
            let shape = model.network().input;
            let mut pixels = vec![0.0; part.len() * shape.len()];
            pixels.chunks_exact_mut(shape.len()).enumerate().for_each(|(i, image)| part.image(i, image));
            to.write(unused, &Pictures::new(pixels, shape), |i| format!("{}-original", names[chunk[i]]))?;
            written += part.len();
        }
    }
    let files: Vec<PathBuf> = arguments.out.out.into_iter().collect();
    let what = format!("{} of {}", count(written, "image"), count(set.len(), "original"));
    Ok(Outcome::files(&what, &files)
        .with("images", written)
        .with("originals", set.len())
        .with("spread", spread))
}

/// A folder takes no figure.
fn unused() -> Result<crate::report::Figure, lab::Error> {
    Err(lab::Error::fault("a folder of images has no figure"))
}

/// Distinct names: of files, in the sub-folders of their classes; else `class/split-00012`, or without the class where
/// none is known.
fn names_of(images: &ImageSelection) -> Vec<String> {
    let folder = |name: &str| name.replace(['/', '\\'], "-");
    let place = |(index, stem): (usize, String)| match (images.set.file_name(index), images.set.class(index))
    {
        (None, Some(class)) => format!("{}/{stem}", folder(class)),
        _ => stem,
    };
    images.stems().into_iter().enumerate().map(place).collect()
}
