//! New images, from the prior or from where the training images' codes lie.

use data::Splits;
use model::Embedding;

use crate::data_place::DataFolders;
use crate::error::Error;
use crate::evaluation::draws::{Draws, SamplerDraws};
use crate::evaluation::samplers::{self, Sampler};
use crate::lab::Lab;
use crate::numbers::count;
use crate::pictures::Pictures;
use crate::runs::{Run, SplitRequest};
use crate::split::Split;

/// How many images, and from where.
#[derive(Clone, Debug)]
pub struct GenerationOptions {
    /// How many.
    pub images: usize,
    /// Which ones: every seed gives others.
    pub seed: u64,
    /// Where codes are drawn from; if absent, from where images come out best, as far as the data are at hand.
    pub sampler: Option<Sampler>,
    /// Factor of the deviations of what codes are drawn from, above 0: below 1 images are more usual, and more alike.
    pub temperature: f64,
    /// Gaussians of a mixture; 10 where nothing is said, or as many as training images where these are fewer.
    pub components: Option<u16>,
    /// Where data sets are: a sampler other than the prior is fitted to the codes of the training images.
    pub dirs: DataFolders,
}

impl Default for GenerationOptions {
    /// 60 images from where they come out best.
    fn default() -> Self {
        let dirs = DataFolders::default();
        Self { images: 60, seed: 0, sampler: None, temperature: 1.0, components: None, dirs }
    }
}

/// Images, and how well the sampler fits.
pub struct Generation {
    /// The images.
    pub pictures: Pictures,
    /// Where their codes were drawn from.
    pub sampler: Sampler,
    /// Why there, where nobody said it.
    pub reason: Option<String>,
    /// Mean log density in nats of the test images' codes under a fitted sampler.
    pub log_likelihood: Option<f64>,
}

/// Generates images: a pure function of weights and options, in which image i is the same however many there are.
///
/// ```no_run
/// use lab::evaluation::samplers::Sampler;
/// use lab::generation::{GenerationOptions, generate};
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
/// let options = GenerationOptions { sampler: Some(Sampler::Gmm), ..GenerationOptions::default() };
/// let generation = generate(&mut run, &options, &lab)?;
/// println!("{:?}", generation.pictures.shape); // images, height, width, channels
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a sampler cannot be fitted, or the data that it is fitted to not be opened.
pub fn generate(run: &mut Run, options: &GenerationOptions, lab: &Lab) -> Result<Generation, Error> {
    let Choice { sampler, components, reason, splits } = match options.sampler {
        Some(sampler) => Choice { sampler, components: options.components, reason: None, splits: None },
        None => Choice::of(run, options, lab)?,
    };
    let (codes, log_likelihood) = match sampler {
        Sampler::Prior => (of_prior(run, options, lab), None),
        _ => {
            let splits = match splits {
                Some(splits) => splits,
                None => training_images(options).open(run, lab)?,
            };
            fitted(run, (sampler, components), &splits, options, lab)?
        }
    };
    let model = &mut run.trained.model;
    let pictures = Pictures::new(model.decode(&codes)?, model.network().input);
    Ok(Generation { pictures, sampler, reason, log_likelihood })
}

/// Where codes are drawn from, and why.
struct Choice {
    sampler: Sampler,
    components: Option<u16>,
    reason: Option<String>,
    splits: Option<Splits>,
}

impl Choice {
    /// The sampler whose images mix best with reconstructed held-out ones, by the measure of the report; the prior
    /// unless another is clearly better.
    fn of(run: &mut Run, options: &GenerationOptions, lab: &Lab) -> Result<Self, Error> {
        let prior = |reason: String| Self {
            sampler: Sampler::Prior,
            components: None,
            reason: Some(reason),
            splits: None,
        };
        let Ok(splits) = training_images(options).open(run, lab) else {
            return Ok(prior("from the prior, unjudged: the run's data are not at hand".into()));
        };
        let draws = Draws::of(run, &splits, &splits.test, lab)?;
        let percent = |drawn: &SamplerDraws| format!("{:.0} %", 100.0 * drawn.found.least());
        let beside = draws
            .prior
            .as_ref()
            .map_or(String::new(), |prior| format!(", the prior's to {}", percent(prior)));
        Ok(match (draws.better(), &draws.prior) {
            (Some(better), _) => Self {
                sampler: better.sampler,
                components: (better.sampler == Sampler::Gmm).then_some(better.components as u16),
                reason: Some(format!(
                    "drawn by {}, whose images mix with reconstructed test images to {}{beside}",
                    better.options(),
                    percent(better)
                )),
                splits: Some(splits),
            },
            (None, Some(own)) => prior(format!(
                "from the prior, whose images mix with reconstructed test images to {}, about as well as fitted Gaussians'",
                percent(own)
            )),
            (None, None) => {
                let note =
                    draws.note.unwrap_or_else(|| "the training codes are too few to fit Gaussians to".into());
                prior(format!("from the prior, unjudged: {note}"))
            }
        })
    }
}

fn training_images(options: &GenerationOptions) -> SplitRequest {
    SplitRequest::new(Split::Train, None, options.dirs.clone())
}

/// Codes of the prior.
fn of_prior(run: &mut Run, options: &GenerationOptions, lab: &Lab) -> Vec<f32> {
    if !run.trained.model.network().is_variational() {
        lab.warn(
            "this is a plain autoencoder: nothing made its codes look like N(0, I), so expect no good images; \
             --sampler gaussian or gmm draws from where its codes lie",
        );
    }
    let mut codes = run.trained.model.random_codes(options.images, options.seed);
    codes.iter_mut().for_each(|value| *value *= options.temperature as f32);
    codes
}

/// Codes of a sampler that is fitted, and the mean log density of the test images' codes.
fn fitted(
    run: &mut Run,
    (kind, asked): (Sampler, Option<u16>),
    splits: &Splits,
    options: &GenerationOptions,
    lab: &Lab,
) -> Result<(Vec<f32>, Option<f64>), Error> {
    let n = options.images;
    let seen = run.trained.source(&splits.train);
    let embedding = run.trained.model.encode_from(&seen, splits.train.len());
    let seen = run.trained.source(&splits.test);
    let held_out = run.trained.model.encode_from(&seen, splits.test.len());
    let _stage = lab.stage("fitting the sampler", 0);
    if kind == Sampler::Gaussian && embedding.len() < embedding.dims() {
        lab.note(format_args!(
            "no density of held-out codes: {} do not tell a Gaussian's in {}",
            count(embedding.len(), "training code"),
            count(embedding.dims(), "dimension")
        ));
        if options.temperature != 1.0 {
            return Err(Error::refused(format!(
                "--temperature {}: the training codes are fewer than their numbers, and draws between them have none",
                options.temperature
            )));
        }
        return Ok((samplers::draw_from_few(&embedding, n, options.seed)?, None));
    }
    // The fit belongs to the run; the seed chooses the images alone.
    let seed = run.trained.recipe.seed;
    let mut components = 1;
    if kind == Sampler::Gmm {
        samplers::check_mixture(&embedding)?;
        components = samplers::components(asked, &embedding)?;
        if asked.is_none() && components == embedding.len() {
            lab.note(format_args!("--components {components}: as many Gaussians as training images"));
        }
        warn_of_long_fit(&embedding, components, lab);
    }
    let sampler = samplers::fit(kind, &embedding, components, seed)?;
    let log_likelihood = samplers::log_likelihood(&sampler, &held_out, seed)?;
    let sampler = samplers::with_temperature(sampler, options.temperature)?;
    Ok((sampler.sample(n, options.seed), log_likelihood))
}

/// An iteration of EM takes each code's squared distance in each Gaussian: codes × components × dimensions².
fn warn_of_long_fit(codes: &Embedding, components: usize, lab: &Lab) {
    const SOME_SECONDS: f64 = 1e10;
    let (rows, dims) = (codes.len(), codes.dims());
    if rows as f64 * components as f64 * (dims as f64).powi(2) > SOME_SECONDS {
        let (codes, of) = (count(rows, "code"), count(dims, "dimension"));
        lab.warn(format_args!(
            "{components} Gaussians with full covariances, fitted to {codes} of {of}, take many minutes; fewer \
             --components take less, and --sampler gaussian takes a moment"
        ));
    }
}
