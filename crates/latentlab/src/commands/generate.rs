//! `generate`: new images, from the prior or from where the training images' codes lie.

use latentlab::model::Embedding;

use crate::destination::{Destination, Kind, PictureArguments};
use crate::failure::Failure;
use crate::image_arguments::DirArguments;
use crate::image_arguments::RunArguments;
use crate::outcome::Outcome;
use crate::row_file::RowFile;
use crate::settings::Settings;
use latentlab::lab::Split;
use latentlab::lab::evaluation::samplers::{self, Sampler};
use latentlab::lab::figures::grids;
use latentlab::lab::numbers::count;
use latentlab::lab::pictures::Pictures;
use latentlab::lab::runs::Run;
use latentlab::lab::runs::SplitRequest;

/// Generate new images from the prior N(0, I), or from where the codes lie
///
/// A pure function of weights and seed: image i is the same however many are asked for. The codes of a plain
/// autoencoder have no prior, and its images from N(0, I) show why; a sampler fitted to its codes afterwards
/// (--sampler gaussian or gmm) makes a generator of it, and a better one of many a VAE.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab generate runs/mnist-mlp-vae-1 -n 64
  latentlab generate runs/mnist-mlp-vae-1 -n 100 --seed 7 --out samples.png
  latentlab generate runs/mnist-mlp-vae-1 -n 1 --out one.png            the image itself
  latentlab generate runs/mnist-mlp-ae-1 --sampler gmm --components 20
  latentlab generate runs/mnist-mlp-vae-1 -n 5000 --out generated/      one PNG each
  latentlab generate runs/mnist-mlp-vae-1 -n 5000 --out generated.npz   an array")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// How many images
    #[arg(short, value_name = "N", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub n: u32,

    /// Which images: every seed gives others
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// Where codes are drawn from
    #[arg(long, value_enum, default_value = "prior")]
    pub sampler: Sampler,

    /// Gaussians of the mixture, with --sampler gmm [default: 10, or as many as training images where these are fewer]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub components: Option<u16>,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,

    /// Where to.
    #[command(flatten)]
    pub out: PictureArguments,
}

/// Generates.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut opened = arguments.run.open(settings)?;
    let rows = RowFile::new(&arguments.out, &opened)?;
    let to = match rows {
        Some(_) => None,
        None => Some(Destination::new(&arguments.out, &opened.dir, "samples", Kind::Alone)?),
    };
    let (codes, log_likelihood) = codes(&arguments, &mut opened, settings)?;
    let model = &mut opened.trained.model;
    let pictures = Pictures::new(model.decode(&codes)?, model.network().input);
    let name = |index: usize| format!("sample-{index:05}");
    let files = match (&rows, &to) {
        (Some(file), _) => vec![file.write(pictures.pixels.clone(), None)?],
        (None, Some(to)) => to.write(|| grids::grid(&pictures, &[]), &pictures, name)?,
        (None, None) => Vec::new(),
    };
    let mut what = count(pictures.count(), if rows.is_some() { "generated row" } else { "generated image" });
    if let Some(found) = log_likelihood {
        let sampler = arguments.sampler.name();
        what +=
            &format!("; the sampler {sampler} gives held-out codes a mean log density of {found:.2} nats");
    }
    let outcome = Outcome::files(&what, &files);
    let outcome =
        log_likelihood.into_iter().fold(outcome, |outcome, found| outcome.with("log_likelihood", found));
    let outcome = outcome.with("images", pictures.count()).with("seed", arguments.seed);
    Ok(outcome.with("sampler", arguments.sampler.name()))
}

/// Codes, and of a fitted sampler the mean log density of the test images' codes.
fn codes(
    arguments: &Arguments,
    opened: &mut Run,
    settings: &Settings,
) -> Result<(Vec<f32>, Option<f64>), Failure> {
    let n = arguments.n as usize;
    if arguments.sampler == Sampler::Prior {
        if !opened.trained.model.network().is_variational() {
            settings.console.warn(
                "this is a plain autoencoder: nothing made its codes look like N(0, I), so expect no good images; \
                 --sampler gaussian or gmm draws from where its codes lie",
            );
        }
        return Ok((opened.trained.model.random_codes(n, arguments.seed), None));
    }
    let images = SplitRequest::new(Split::Train, None, arguments.dirs.folders());
    let splits = images.open(opened, &settings.lab)?;
    let seen = opened.trained.seen(&splits.train);
    let embedding = opened.trained.model.encode_from(&seen, splits.train.len());
    let seen = opened.trained.seen(&splits.test);
    let held_out = opened.trained.model.encode_from(&seen, splits.test.len());
    let _stage = settings.lab.stage("fitting the sampler", 0);
    if arguments.sampler == Sampler::Gaussian && embedding.len() < embedding.dims() {
        settings.console.note(format_args!(
            "no density of held-out codes: {} do not tell a Gaussian's in {}",
            count(embedding.len(), "training code"),
            count(embedding.dims(), "dimension")
        ));
        return Ok((samplers::draw_from_few(&embedding, n, arguments.seed)?, None));
    }
    // The fit belongs to the run; the seed chooses the images alone.
    let seed = opened.trained.recipe.seed;
    let mut components = 1;
    if arguments.sampler == Sampler::Gmm {
        samplers::check_mixture(&embedding)?;
        components = samplers::components(arguments.components, &embedding)?;
        if arguments.components.is_none() && components == embedding.len() {
            settings
                .console
                .note(format_args!("--components {components}: as many Gaussians as training images"));
        }
        warn_of_long_fit(&embedding, components, settings);
    }
    let sampler = samplers::fit(arguments.sampler, &embedding, components, seed)?;
    let log_likelihood = samplers::log_likelihood(&sampler, &held_out, seed)?;
    Ok((sampler.sample(n, arguments.seed), log_likelihood))
}

/// An iteration of EM takes each code's squared distance in each Gaussian: codes × components × dimensions².
fn warn_of_long_fit(codes: &Embedding, components: usize, settings: &Settings) {
    const SOME_SECONDS: f64 = 1e10;
    let (rows, dims) = (codes.len(), codes.dims());
    if rows as f64 * components as f64 * (dims as f64).powi(2) > SOME_SECONDS {
        let (codes, of) = (count(rows, "code"), count(dims, "dimension"));
        settings.console.warn(format_args!(
            "{components} Gaussians with full covariances, fitted to {codes} of {of}, take many minutes; fewer \
             --components take less, and --sampler gaussian takes a moment"
        ));
    }
}
