//! `denoise`: takes the noise off the user's images.

use std::path::{Path, PathBuf};

use crate::data::{ImageShape, Noise, PictureEntry, list_pictures};
use crate::lab;
use crate::lab::arrays::{Npz, Values};
use crate::lab::denoising::{self, Treatment};
use crate::lab::figure_files::{write_figure, write_in_run};
use crate::lab::figures::rows;
use crate::lab::file_names;
use crate::lab::numbers::count;
use crate::lab::pictures::Pictures;
use crate::lab::runs::{ReadingOptions, Reconstruction, Run};
use crate::train::ImageSource;

use crate::program::destination::{check_figure, check_file, check_folder, is_folder, write_in_folder};
use crate::program::failure::Failure;
use crate::program::image_arguments::{RunArguments, joined_noise};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Take the noise off an image or all images of a folder
///
/// Images are cleaned at their own size and in their own colours: one that is larger than what the run was trained on is
/// cleaned by overlapping tiles at its own scale. --out is the clean image, or a folder of them. Without --out, and with
/// --figure, images stand beside what became of them. With --noise they are taken to be clean: noise is put on
/// them first, and PSNR and SSIM against the clean images stand below the noisy and the denoised ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab denoise runs/mnist-denoiser-1 scan.png --out clean.png      the clean image, of the same size
  latentlab denoise runs/mnist-denoiser-1 ./scans --out cleaned/        one PNG each, same names
  latentlab denoise runs/mnist-denoiser-1 ./scans --figure before-and-after.png
  latentlab denoise runs/mnist-denoiser-1 ./digits --noise 0.5
  latentlab denoise runs/photos-denoiser-1 ./photos --noise poisson:30,jpeg:40")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// An image file or a folder of images
    #[arg(value_name = "IMAGE|FOLDER")]
    pub images: PathBuf,

    /// Swap black and white on the way in and back on the way out: dark ink on light paper for a net that has seen light
    /// strokes on black
    #[arg(long)]
    pub invert: bool,

    /// Put noise on the images first: gaussian:σ, poisson:PHOTONS, salt:PART, blur:PIXELS, jpeg:QUALITY, several with
    /// commas between; a number alone is Gaussian (pixels lie in [0, 1])
    #[arg(long, value_name = "NOISE", allow_hyphen_values = true)]
    pub noise: Vec<Noise>,

    /// Where the clean images go: FILE.png for one, a folder for one PNG each, FILE.npz for the pixels of images of one
    /// size as array `x`
    #[arg(short, long, value_name = "PATH")]
    pub out: Option<PathBuf>,

    /// Where to draw the images beside what became of them: .png or .svg [default: figures/denoised-images in the run,
    /// without --out]
    #[arg(long, value_name = "FILE")]
    pub figure: Option<PathBuf>,

    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// Where clean images go.
enum Place {
    Picture(PathBuf),
    Folder(PathBuf),
    Array(PathBuf),
}

impl Place {
    /// Checks `--out` for so many images.
    fn new(out: &Path, images: usize, force: bool) -> Result<Self, Failure> {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let file = out.to_path_buf();
        match extension.as_deref() {
            _ if is_folder(out) => check_folder(out, force).map(|()| Self::Folder(file)),
            None => check_folder(out, force).map(|()| Self::Folder(file)),
            Some("npz") => check_file(out, force).map(|()| Self::Array(file)),
            Some("png") if images == 1 => check_file(out, force).map(|()| Self::Picture(file)),
            Some("png") => {
                let (out, images) = (out.display(), count(images, "image"));
                let failure = Failure::mistake(format!("--out {out}: one file does not take {images}"));
                Err(failure
                    .hint("--out FOLDER/ writes one PNG each, --figure FILE.png draws them on one sheet"))
            }
            Some(_) => {
                let out = out.display();
                let failure =
                    Failure::mistake(format!("--out {out}: must end in .png or .npz, or be a folder"));
                Err(failure
                    .hint(format!("with / at its end it is a folder: --out {out}/; figures go to --figure")))
            }
        }
    }
}

/// Denoises.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    opened.check_images("denoise")?;
    let transform = opened.own_transform(joined_noise(&arguments.noise)?)?;
    let reading = ReadingOptions { invert: arguments.invert, ..ReadingOptions::default() };
    let treatment = Treatment { transform, reading };
    let pictures = list_pictures(&arguments.images)?;
    let images = pictures.len();
    let place = arguments.out.as_deref().map(|out| Place::new(out, images, arguments.force)).transpose()?;
    if let Some(figure) = &arguments.figure {
        check_figure(figure, ".png or .svg", arguments.force)?;
    }
    if !opened.trained.recipe.data.is_denoising() {
        settings.lab.warn("this run was not trained to take noise off: its recipe has neither data.input.noise nor data.clean");
    }
    let mut files = Vec::new();
    if let Some(place) = &place {
        files.push(clean(&mut opened, &pictures, treatment, place, settings)?);
    }
    if place.is_none() || arguments.figure.is_some() {
        let figure = figure(&mut opened, &arguments, &pictures, treatment, settings)?;
        match &arguments.figure {
            Some(file) => {
                write_figure(file, &figure)?;
                files.push(file.clone());
            }
            None => files.extend(write_in_run(&opened.dir, "denoised-images", &figure)?),
        }
    }
    Ok(Outcome::files(&count(images, "denoised image"), &files).with("images", images))
}

/// Cleans every picture at its own size and writes it.
fn clean(
    opened: &mut Run,
    pictures: &[PictureEntry],
    treatment: Treatment,
    place: &Place,
    settings: &Settings,
) -> Result<PathBuf, Failure> {
    let names: Vec<String> = pictures.iter().map(|picture| picture.name.clone()).collect();
    let names = file_names::stems(&names);
    let net = opened.unpadded_shape();
    if let Place::Array(file) = place
        && let Some(PictureEntry { name, shape, .. }) =
            pictures.iter().find(|picture| picture.shape != pictures[0].shape)
    {
        let (file, first) = (file.display(), pictures[0].shape);
        let message =
            format!("--out {file}: an array takes images of one shape; the first is {first}, {name} {shape}");
        return Err(Failure::mistake(message).hint("--out FOLDER/ writes one PNG each"));
    }
    denoising::say_how(pictures, net, &settings.lab);
    let mut all = Vec::new();
    for (index, listed) in pictures.iter().enumerate() {
        let made = denoising::clean(opened, listed, index, treatment, &settings.lab)?.outputs;
        match place {
            Place::Picture(file) => write_png(&made, |png| Ok(crate::run::atomic_write(file, png)?))?,
            Place::Folder(folder) => write_png(&made, |png| write_in_folder(folder, &names[index], png))?,
            Place::Array(_) => all.extend(made.pixels),
        }
    }
    match place {
        Place::Picture(path) | Place::Folder(path) => Ok(path.clone()),
        Place::Array(path) => {
            let ImageShape { height, width, channels } = pictures[0].shape;
            let mut npz = Npz::default();
            npz.add("x", &[pictures.len(), height, width, channels], &Values::Floats(all))?;
            npz.write(path)?;
            Ok(path.clone())
        }
    }
}

fn write_png(made: &Pictures, write: impl Fn(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let picture = made.images()?.picture(0).ok_or_else(|| Failure::fault("no picture was made"))?;
    write(&picture.png()?)
}

/// Pictures beside what became of them: at their own size where they have one, else at the network's.
fn figure(
    opened: &mut Run,
    arguments: &Arguments,
    pictures: &[PictureEntry],
    treatment: Treatment,
    settings: &Settings,
) -> Result<crate::report::Figure, Failure> {
    if pictures.len() > rows::MOST {
        let (most, all) = (rows::MOST, pictures.len());
        settings.lab.note(format_args!("drawing the first {most} of {all} images; --out FOLDER/ takes all"));
    }
    let shown = &pictures[..pictures.len().min(rows::MOST)];
    let net = opened.unpadded_shape();
    let made = match shown.iter().all(|picture| picture.shape == shown[0].shape) {
        true => {
            if arguments.out.is_none() {
                denoising::say_how(shown, net, &settings.lab);
            }
            let each: Result<Vec<Reconstruction>, lab::Error> = (0..)
                .zip(shown)
                .map(|(index, listed)| denoising::clean(opened, listed, index, treatment, &settings.lab))
                .collect();
            denoising::together(each?)
        }
        false => {
            settings.lab.note(format_args!("the figure shows images of several sizes scaled to {net}"));
            let (set, _) = opened.load_images(&arguments.images, treatment.reading, &settings.lab)?;
            let set = set.first(shown.len());
            opened.reconstruct(&ImageSource::new(&set, treatment.transform), set.len())
        }
    };
    Ok(match arguments.noise.is_empty() {
        false => rows::denoised(&made, &[])?,
        true => rows::cleaned(&made)?,
    })
}
