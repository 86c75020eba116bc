//! Images decoded from drawn codes, and whether they look like images: of the prior, and of what is fitted to the training
//! images' codes, a Gaussian or a mixture of several.

use analysis::{Mixing, Mixture, Table, mixing};
use data::{Dataset, Splits};
use model::Embedding;
use random::Stream;

use crate::error::Error;
use crate::evaluation::samplers::{self, Sampler};
use crate::lab::Lab;
use crate::measures::Measure;
use crate::numbers::{count, grouped};
use crate::pictures::{Pictures, sides};
use crate::runs::Run;

/// Draws of each sampler that are judged.
pub const DRAWS: usize = 300;
/// Those that are shown.
const SHOWN: usize = 60;
/// Held-out images that they are compared with.
const HELD_OUT: usize = 300;
/// Fewer say nothing.
const LEAST_HELD_OUT: usize = 20;
/// Neighbours by which they are told apart.
const NEIGHBOURS: usize = 10;
/// Sides of the images that are compared: larger ones are shrunk by a whole factor.
const SIDE: usize = 32;
/// Training images whose codes the mixture is fitted to.
const FITTED: usize = 2_500;
/// Codes of more numbers have no mixture: its covariances take their square.
const MOST_DIMS: usize = 256;
/// Gaussians of the mixture at most, and codes that each must have for every dimension.
const COMPONENTS: usize = 10;
const CODES_PER_DIMENSION: usize = 4;
/// By how much a sampler must be better to be called so.
const CLEARLY: f64 = 0.15;

/// Draws of one sampler.
pub struct SamplerDraws {
    /// Where the codes came from.
    pub sampler: Sampler,
    /// Gaussians of a mixture; 1 else.
    pub components: usize,
    /// How they mix with reconstructed held-out images.
    pub found: Mixing,
    /// The first of the images.
    pub pictures: Pictures,
}

impl SamplerDraws {
    /// As a number of its own, for `metrics.json`.
    pub fn measure(&self) -> Measure {
        let sampler = match self.sampler {
            Sampler::Gmm => format!("gmm of {}", count(self.components, "component")),
            other => other.name().to_owned(),
        };
        let of = format!(
            "{} of the sampler {sampler}; fidelity {:.2}, diversity {:.2}",
            count(DRAWS, "draw"),
            self.found.fidelity,
            self.found.diversity
        );
        Measure::new("draw_mixing", self.found.least(), DRAWS).of(of)
    }

    /// Options of `generate` that draw the same way.
    pub fn options(&self) -> String {
        match self.sampler {
            Sampler::Gmm => format!("--sampler gmm --components {}", self.components),
            other => format!("--sampler {}", other.name()),
        }
    }

    /// Whether it is clearly better than another.
    pub fn beats(&self, other: &Self) -> bool {
        self.found.least() >= other.found.least() + CLEARLY
    }
}

/// Draws of the samplers that a run has, and what could not be judged.
#[derive(Default)]
pub struct Draws {
    /// Of a VAE's prior.
    pub prior: Option<SamplerDraws>,
    /// Of the better of a Gaussian and a mixture fitted to the codes of training images.
    pub fitted: Option<SamplerDraws>,
    /// Why something is missing.
    pub note: Option<String>,
}

impl Draws {
    /// Draws and judges.
    pub fn of(run: &mut Run, splits: &Splits, held_out: &Dataset, lab: &Lab) -> Result<Self, Error> {
        let count = held_out.len().min(HELD_OUT);
        if count < LEAST_HELD_OUT {
            let note = format!(
                "{} are too few to judge generated ones by: {LEAST_HELD_OUT} at least",
                self::count(held_out.len(), "held-out image")
            );
            return Ok(Self { note: Some(note), ..Self::default() });
        }
        let stage = lab.stage("draws", 3);
        let seed = run.trained.recipe.seed;
        let pixels = run.trained.model.network().input.len();
        let chunk = lab.memory().images_at_a_time(pixels, 4, DRAWS);
        let shown = some(held_out.len(), count, seed);
        let seen = run.trained.source(held_out);
        let mut reconstructed = Small::new(run);
        for indices in shown.chunks(chunk) {
            reconstructed.add(&run.reconstruct_at(&seen, indices).outputs.pixels);
        }
        stage.step();
        let judge = Judge { reconstructed, chunk };
        let mut draws = Self::default();
        if run.trained.model.network().is_variational() {
            let codes = run.trained.model.random_codes(DRAWS, seed);
            draws.prior = Some(judge.drawn(run, Sampler::Prior, 1, &codes)?);
        }
        stage.step();
        let dims = run.trained.model.code_shape().len();
        if dims > MOST_DIMS {
            draws.note = Some(format!("codes of {} numbers are too long for a mixture", grouped(dims)));
            return Ok(draws);
        }
        for (sampler, components, mixture) in fitted(run, &splits.train, seed)? {
            let drawn = judge.drawn(run, sampler, components, &mixture.sample(DRAWS, seed))?;
            if draws.fitted.as_ref().is_none_or(|former| drawn.found.least() > former.found.least()) {
                draws.fitted = Some(drawn);
            }
        }
        stage.step();
        Ok(draws)
    }

    /// The prior's draws, or fitted ones for a plain autoencoder.
    pub fn own(&self) -> Option<&SamplerDraws> {
        self.prior.as_ref().or(self.fitted.as_ref())
    }

    /// Fitted ones, where they are clearly better than the prior's or there is no prior.
    pub fn better(&self) -> Option<&SamplerDraws> {
        let fitted = self.fitted.as_ref()?;
        self.prior.as_ref().is_none_or(|prior| fitted.beats(prior)).then_some(fitted)
    }
}

/// What is fitted to codes of training images, where these are enough for it: a Gaussian, and a mixture of several.
fn fitted(run: &mut Run, train: &Dataset, seed: u64) -> Result<Vec<(Sampler, usize, Mixture)>, Error> {
    let shown = train.subset(&some(train.len(), FITTED.min(train.len()), seed))?;
    let seen = run.trained.source(&shown);
    let codes: Embedding = run.trained.model.encode_from(&seen, shown.len());
    if codes.mean.iter().any(|value| !value.is_finite()) {
        return Ok(Vec::new());
    }
    let components = (codes.len() / (CODES_PER_DIMENSION * codes.dims())).min(COMPONENTS);
    let samplers =
        [(Sampler::Gaussian, 1, codes.len() > codes.dims()), (Sampler::Gmm, components, components > 1)];
    // Codes on a line or a point have no density: that is no reason to fail.
    let fit = |(sampler, components, _)| {
        let mixture = samplers::fit(sampler, &codes, components, seed).ok()?;
        Some((sampler, components, mixture))
    };
    Ok(samplers.into_iter().filter(|(.., is_enough)| *is_enough).filter_map(fit).collect())
}

struct Judge {
    reconstructed: Small,
    chunk: usize,
}

impl Judge {
    fn drawn(
        &self,
        run: &mut Run,
        sampler: Sampler,
        components: usize,
        codes: &[f32],
    ) -> Result<SamplerDraws, Error> {
        let dims = run.trained.model.code_shape().len();
        let mut small = Small::new(run);
        let mut first = Vec::new();
        for codes in codes.chunks(self.chunk * dims) {
            let decoded = run.trained.model.decode(codes)?;
            small.add(&decoded);
            let room = SHOWN * run.trained.model.network().input.len() - first.len();
            first.extend_from_slice(&decoded[..decoded.len().min(room)]);
        }
        let (held_out, draws) = (self.reconstructed.table()?, small.table()?);
        let found = mixing(held_out, draws, NEIGHBOURS.min(held_out.rows() / 2))?;
        let pictures = Pictures::new(first, run.trained.model.network().input);
        Ok(SamplerDraws { sampler, components, found, pictures })
    }
}

/// Images of at most [`SIDE`] pixels a side, each the mean of a square.
struct Small {
    values: Vec<f32>,
    shape: [usize; 3],
    times: usize,
}

impl Small {
    fn new(run: &Run) -> Self {
        let shape = sides(run.trained.model.network().input);
        // Only pictures can be shrunk: neighbours in a vector need not have anything in common.
        let times = if shape[0] == 1 { 1 } else { shape[0].max(shape[1]).div_ceil(SIDE) };
        Self { values: Vec::new(), shape, times }
    }

    fn add(&mut self, pixels: &[f32]) {
        let ([height, width, channels], times) = (self.shape, self.times);
        for image in pixels.chunks_exact(height * width * channels) {
            for (top, left) in squares(height, width, times) {
                for channel in 0..channels {
                    let (bottom, right) = ((top + times).min(height), (left + times).min(width));
                    let rows = (top..bottom).flat_map(|y| (left..right).map(move |x| y * width + x));
                    let sum: f32 = rows.map(|at| image[at * channels + channel]).sum();
                    self.values.push(sum / ((bottom - top) * (right - left)) as f32);
                }
            }
        }
    }

    fn table(&self) -> Result<Table<'_>, Error> {
        let [height, width, channels] = self.shape;
        let each = height.div_ceil(self.times) * width.div_ceil(self.times) * channels;
        Ok(Table::new(&self.values, each)?)
    }
}

/// Corners of the squares of `times` pixels a side that cover an image.
fn squares(height: usize, width: usize, times: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).step_by(times).flat_map(move |top| (0..width).step_by(times).map(move |left| (top, left)))
}

/// `count` positions among `all`, at random by `seed`.
fn some(all: usize, count: usize, seed: u64) -> Vec<usize> {
    let order = Stream::new(seed, "judged images").permutation(0, all);
    order[..count].iter().map(|index| *index as usize).collect()
}
