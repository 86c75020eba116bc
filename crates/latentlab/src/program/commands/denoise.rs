//! `denoise`: takes the noise off the user's images.

use std::path::{Path, PathBuf};

use crate::data::{ImageShape, Noise, PictureEntry, clean_pictures};
use crate::lab;
use crate::lab::arrays::{Npz, Values};
use crate::lab::denoising::{self, CleanedPicture, Patient, Treatment, Window};
use crate::lab::figure_files::{write_figure, write_in_run};
use crate::lab::figures::rows;
use crate::lab::file_names;
use crate::lab::numbers::{count, table};
use crate::lab::pictures::list_at_own_size;
use crate::lab::runs::{ReadingOptions, Reconstruction, Run};
use serde_json::{Value, json};

use crate::program::destination::{check_figure, check_file, check_folder, is_folder, write_in_folder};
use crate::program::failure::Failure;
use crate::program::image_arguments::{DATA_OPTIONS, RunArguments, joined_noise};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Take the noise off an image or all images of a folder
///
/// Images are cleaned at their own size and in their own colours: one that is larger than what the run was trained on is
/// cleaned by overlapping tiles at its own scale. --out is the clean image, or a folder of them under the same names: a TIFF
/// of a TIFF, a PNG of everything else, with the bits, the transparency and the colour profile of the image. Without --out,
/// and with --figure, images stand beside what became of them. With --clean, PSNR (dB) and SSIM against clean images are
/// printed, before and after. With --noise they are taken to be clean: noise is put on them first, and PSNR and SSIM against
/// the clean images stand below the noisy and the denoised ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab denoise runs/mnist-denoiser-1 scan.png --out clean.png      the clean image, of the same size
  latentlab denoise runs/mnist-denoiser-1 ./scans --out cleaned/        one each, same names
  latentlab denoise runs/mnist-denoiser-1 ./scans --figure before-and-after.png
  latentlab denoise runs/mnist-denoiser-1 ./digits --noise 0.5
  latentlab denoise runs/photos-denoiser-1 ./photos --noise poisson:30,jpeg:40
  latentlab denoise runs/photos-denoiser-1 ./noisy --clean ./clean --json")]
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

    /// Leave out image files that are broken, instead of refusing all
    #[arg(long, conflicts_with = "clean", help_heading = DATA_OPTIONS)]
    pub skip_broken: bool,

    /// Put noise on the images first: gaussian:σ, poisson:PHOTONS, salt:PART, blur:PIXELS, jpeg:QUALITY, several with
    /// commas between; a number alone is Gaussian (pixels lie in [0, 1])
    #[arg(long, value_name = "NOISE", allow_hyphen_values = true)]
    pub noise: Vec<Noise>,

    /// The same images without what is wrong with them, a folder (or file) of the same names and sizes: how close each image is
    /// to its clean one, before and after
    #[arg(long, value_name = "IMAGE|FOLDER", conflicts_with = "noise")]
    pub clean: Option<PathBuf>,

    /// Where the clean images go: FILE.png (or FILE.tif, of a TIFF) for one, a folder for one each, FILE.npz for the pixels
    /// of images of one size as array `x`
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
    fn path(&self) -> PathBuf {
        let (Self::Picture(path) | Self::Folder(path) | Self::Array(path)) = self;
        path.clone()
    }

    /// Checks `--out` for so many images.
    fn new(out: &Path, images: usize, force: bool) -> Result<Self, Failure> {
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let file = out.to_path_buf();
        match extension.as_deref() {
            _ if is_folder(out) => check_folder(out, force).map(|()| Self::Folder(file)),
            None => check_folder(out, force).map(|()| Self::Folder(file)),
            Some("npz") => check_file(out, force).map(|()| Self::Array(file)),
            Some("png" | "tif" | "tiff") if images == 1 => {
                check_file(out, force).map(|()| Self::Picture(file))
            }
            Some("png" | "tif" | "tiff") => {
                let (out, images) = (out.display(), count(images, "image"));
                let failure = Failure::mistake(format!("--out {out}: one file does not take {images}"));
                Err(failure.hint("--out FOLDER/ writes one each, --figure FILE.png draws them on one sheet"))
            }
            Some(_) => {
                let out = out.display();
                let failure =
                    Failure::mistake(format!("--out {out}: must end in .png, .tif or .npz, or be a folder"));
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
    let reading = ReadingOptions { invert: arguments.invert, skip_broken: arguments.skip_broken };
    let treatment = Treatment { transform, reading };
    let pictures = list_at_own_size(&arguments.images, reading.skip_broken, &settings.lab)?;
    let images = pictures.len();
    let clean_ones = match &arguments.clean {
        Some(clean) => Some(clean_pictures(&pictures, &arguments.images, clean)?),
        None => None,
    };
    let patients: Vec<Patient<'_>> = (0..)
        .zip(&pictures)
        .map(|(index, listed)| Patient { index, listed, clean: clean_ones.as_ref().map(|all| &all[index]) })
        .collect();
    let place = arguments.out.as_deref().map(|out| Place::new(out, images, arguments.force)).transpose()?;
    if let Some(figure) = &arguments.figure {
        check_figure(figure, ".png or .svg", arguments.force)?;
    }
    if !opened.trained.recipe.data.is_denoising() {
        settings.lab.warn("this run was not trained to take noise off: its recipe has neither data.input.noise nor data.clean");
    }
    let mut files = Vec::new();
    let mut qualities = Vec::new();
    if place.is_some() || clean_ones.is_some() {
        denoising::say_how(&pictures, opened.unpadded_shape(), &settings.lab);
        qualities = clean(&mut opened, &patients, treatment, place.as_ref(), settings)?;
        files.extend(place.as_ref().map(Place::path));
    }
    if (place.is_none() && clean_ones.is_none()) || arguments.figure.is_some() {
        let figure = figure(&mut opened, &arguments, &patients, treatment, settings)?;
        match &arguments.figure {
            Some(file) => {
                write_figure(file, &figure)?;
                files.push(file.clone());
            }
            None => files.extend(write_in_run(&opened.dir, "denoised-images", &figure)?),
        }
    }
    let what = count(images, "denoised image");
    if qualities.is_empty() {
        return Ok(Outcome::files(&what, &files).with("images", images));
    }
    let text = format!("{}\n{what}\n", quality_table(&qualities));
    let json = json!({ "images": images, "quality": quality_json(&qualities), "mean": quality_json(&[mean(&qualities)])[0] });
    Ok(Outcome::answer(text, json).with_files(&files))
}

/// How close an image was to its clean one, and how close it is.
struct Quality {
    name: String,
    psnr: [f64; 2],
    ssim: [f64; 2],
}

fn mean(qualities: &[Quality]) -> Quality {
    let of = |values: fn(&Quality) -> [f64; 2]| {
        [0, 1].map(|at| qualities.iter().map(|one| values(one)[at]).sum::<f64>() / qualities.len() as f64)
    };
    Quality { name: "mean".into(), psnr: of(|one| one.psnr), ssim: of(|one| one.ssim) }
}

fn quality_table(qualities: &[Quality]) -> String {
    let head = ["", "PSNR", "after", "SSIM", "after"].map(str::to_owned).to_vec();
    let row = |Quality { name, psnr, ssim }: &Quality| {
        let [db, then_db] = psnr.map(|value| format!("{value:.2}"));
        let [ssim, then_ssim] = ssim.map(|value| format!("{value:.4}"));
        vec![name.clone(), db, then_db, ssim, then_ssim]
    };
    let rows: Vec<Vec<String>> =
        std::iter::once(head).chain(qualities.iter().map(row)).chain([row(&mean(qualities))]).collect();
    table(&rows)
}

fn quality_json(qualities: &[Quality]) -> Value {
    let one = |Quality { name, psnr, ssim }: &Quality| json!({ "name": name, "psnr_before": psnr[0], "psnr": psnr[1], "ssim_before": ssim[0], "ssim": ssim[1] });
    qualities.iter().map(one).collect()
}

/// Cleans every picture at its own size, writes it where there is a place for it, and compares it where there is a clean one.
fn clean(
    opened: &mut Run,
    patients: &[Patient<'_>],
    treatment: Treatment,
    place: Option<&Place>,
    settings: &Settings,
) -> Result<Vec<Quality>, Failure> {
    let names: Vec<String> = patients.iter().map(|patient| patient.listed.name.clone()).collect();
    let names = file_names::stems(&names);
    let first = patients[0].listed.shape;
    if let Some(Place::Array(file)) = place
        && let Some(PictureEntry { name, shape, .. }) =
            patients.iter().map(|patient| patient.listed).find(|listed| listed.shape != first)
    {
        let file = file.display();
        let message =
            format!("--out {file}: an array takes images of one shape; the first is {first}, {name} {shape}");
        return Err(Failure::mistake(message).hint("--out FOLDER/ writes one each"));
    }
    let (mut all, mut qualities) = (Vec::new(), Vec::new());
    for (patient, name) in patients.iter().zip(&names) {
        let cleaned = denoising::clean(opened, *patient, treatment, &settings.lab)?;
        match place {
            None => {}
            Some(Place::Picture(file)) => {
                check_ending(file, &cleaned)?;
                crate::run::atomic_write(file, &encoded(&cleaned)?)?;
            }
            Some(Place::Folder(folder)) => {
                let name = format!("{name}.{}", cleaned.original.extension());
                write_in_folder(folder, &name, &encoded(&cleaned)?)?;
            }
            Some(Place::Array(_)) => all.extend_from_slice(&cleaned.pictures.outputs.pixels),
        }
        if patient.clean.is_none() {
            continue;
        }
        match cleaned.quality()? {
            Some([before, after]) => qualities.push(Quality {
                name: patient.listed.name.clone(),
                psnr: [before.psnr, after.psnr],
                ssim: [before.ssim, after.ssim],
            }),
            None => settings.lab.note(format_args!("{}: too small to be compared", patient.listed.name)),
        }
    }
    if let Some(Place::Array(path)) = place {
        let ImageShape { height, width, channels } = first;
        let mut npz = Npz::default();
        npz.add("x", &[patients.len(), height, width, channels], &Values::Floats(all))?;
        npz.write(path)?;
    }
    Ok(qualities)
}

fn encoded(cleaned: &CleanedPicture) -> Result<Vec<u8>, Failure> {
    let pixels = &cleaned.pictures.outputs.pixels;
    cleaned.original.encode(pixels).map_err(|error| Failure::fault(format!("cannot make the file: {error}")))
}

/// Refuses a name that says another format than the image gets.
fn check_ending(file: &Path, cleaned: &CleanedPicture) -> Result<(), Failure> {
    let given = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let made = cleaned.original.extension();
    if given.starts_with(made) {
        return Ok(());
    }
    let refusal = Failure::mistake(format!("--out {}: this image becomes a .{made}", file.display()));
    Err(refusal.hint(format!("--out {}", file.with_extension(made).display())))
}

/// Pictures beside what became of them, or the middles of large ones.
fn figure(
    opened: &mut Run,
    arguments: &Arguments,
    patients: &[Patient<'_>],
    treatment: Treatment,
    settings: &Settings,
) -> Result<crate::report::Figure, Failure> {
    if patients.len() > rows::MOST {
        let (most, all) = (rows::MOST, patients.len());
        settings.lab.note(format_args!("drawing the first {most} of {all} images; --out FOLDER/ takes all"));
    }
    let shown = &patients[..patients.len().min(rows::MOST)];
    let listed: Vec<PictureEntry> = shown.iter().map(|patient| patient.listed.clone()).collect();
    if arguments.out.is_none() && arguments.clean.is_none() {
        denoising::say_how(&listed, opened.unpadded_shape(), &settings.lab);
    }
    let shapes: Vec<ImageShape> = listed.iter().map(|picture| picture.shape).collect();
    let window = Window::over(&shapes);
    let smaller = shapes.iter().filter(|shape| !window.fits(**shape)).count();
    if window.is_part {
        let left_out = match smaller {
            0 => String::new(),
            some => format!("; {} left out", count(some, "smaller image")),
        };
        settings.lab.note(format_args!(
            "the figure shows the middle {window} of each image, at its own scale{left_out}"
        ));
    }
    let each: Result<Vec<Reconstruction>, lab::Error> = shown
        .iter()
        .filter(|patient| window.fits(patient.listed.shape))
        .map(
            |patient| Ok(window.cut(&denoising::clean(opened, *patient, treatment, &settings.lab)?.pictures)),
        )
        .collect();
    let made = denoising::together(each?);
    let is_known = !arguments.noise.is_empty() || arguments.clean.is_some();
    Ok(if is_known { rows::denoised(&made, &[])? } else { rows::cleaned(&made)? })
}
