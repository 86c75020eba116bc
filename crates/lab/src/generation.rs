//! New images, from the prior or from where the training images' codes lie.

use model::Embedding;

use crate::data_place::DataFolders;
use crate::error::Error;
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
    /// Where codes are drawn from.
    pub sampler: Sampler,
    /// Gaussians of a mixture; 10 where nothing is said, or as many as training images where these are fewer.
    pub components: Option<u16>,
    /// Where data sets are: a sampler other than the prior is fitted to the codes of the training images.
    pub dirs: DataFolders,
}

impl Default for GenerationOptions {
    /// 60 images from the prior.
    fn default() -> Self {
        let (sampler, dirs) = (Sampler::Prior, DataFolders::default());
        Self { images: 60, seed: 0, sampler, components: None, dirs }
    }
}

/// Images, and how well the sampler fits.
pub struct Generation {
    /// The images.
    pub pictures: Pictures,
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
/// let options = GenerationOptions { sampler: Sampler::Gmm, ..GenerationOptions::default() };
/// let generation = generate(&mut run, &options, &lab)?;
/// println!("{:?}", generation.pictures.shape); // images, height, width, channels
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a sampler cannot be fitted, or the data that it is fitted to not be opened.
pub fn generate(run: &mut Run, options: &GenerationOptions, lab: &Lab) -> Result<Generation, Error> {
    let (codes, log_likelihood) = codes(run, options, lab)?;
    let model = &mut run.trained.model;
    let pictures = Pictures::new(model.decode(&codes)?, model.network().input);
    Ok(Generation { pictures, log_likelihood })
}

/// Codes, and of a fitted sampler the mean log density of the test images' codes.
fn codes(run: &mut Run, options: &GenerationOptions, lab: &Lab) -> Result<(Vec<f32>, Option<f64>), Error> {
    let n = options.images;
    if options.sampler == Sampler::Prior {
        if !run.trained.model.network().is_variational() {
            lab.warn(
                "this is a plain autoencoder: nothing made its codes look like N(0, I), so expect no good images; \
                 --sampler gaussian or gmm draws from where its codes lie",
            );
        }
        return Ok((run.trained.model.random_codes(n, options.seed), None));
    }
    let images = SplitRequest::new(Split::Train, None, options.dirs.clone());
    let splits = images.open(run, lab)?;
    let seen = run.trained.source(&splits.train);
    let embedding = run.trained.model.encode_from(&seen, splits.train.len());
    let seen = run.trained.source(&splits.test);
    let held_out = run.trained.model.encode_from(&seen, splits.test.len());
    let _stage = lab.stage("fitting the sampler", 0);
    if options.sampler == Sampler::Gaussian && embedding.len() < embedding.dims() {
        lab.note(format_args!(
            "no density of held-out codes: {} do not tell a Gaussian's in {}",
            count(embedding.len(), "training code"),
            count(embedding.dims(), "dimension")
        ));
        return Ok((samplers::draw_from_few(&embedding, n, options.seed)?, None));
    }
    // The fit belongs to the run; the seed chooses the images alone.
    let seed = run.trained.recipe.seed;
    let mut components = 1;
    if options.sampler == Sampler::Gmm {
        samplers::check_mixture(&embedding)?;
        components = samplers::components(options.components, &embedding)?;
        if options.components.is_none() && components == embedding.len() {
            lab.note(format_args!("--components {components}: as many Gaussians as training images"));
        }
        warn_of_long_fit(&embedding, components, lab);
    }
    let sampler = samplers::fit(options.sampler, &embedding, components, seed)?;
    let log_likelihood = samplers::log_likelihood(&sampler, &held_out, seed)?;
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
