//! What a principal component analysis with as many numbers per image makes of the same images: the least that a
//! network should reach.

use analysis::{MeanQuality, Pca, Table, image_quality};
use data::{Dataset, Splits};
use network::Source;
use random::Stream;
use train::ImageSource;

use crate::error::Error;
use crate::lab::Lab;
use crate::measures::Measure;
use crate::numbers::{count, grouped};
use crate::pictures::Pictures;
use crate::runs::Run;

/// Training images that the components are fitted on; more change no figure that is shown.
const FITTED: usize = 10_000;
/// Pixel values that they hold at most.
const FITTED_VALUES: usize = 48_000_000;
/// Components at most; a code of more numbers is compared with so many.
const COMPONENTS: usize = 256;
/// Images that pass through the components at a time.
const CHUNK: usize = 1_024;

/// How many training images the components are fitted on, and how many components.
struct Extent {
    rows: usize,
    components: usize,
    /// Numbers of a code.
    code: usize,
}

impl Extent {
    fn of(run: &Run, splits: &Splits, lab: &Lab) -> Self {
        let pixels = run.trained.model.network().input.len();
        let most = lab.memory().images_at_a_time(pixels, 2, FITTED).min(FITTED_VALUES / pixels);
        let rows = splits.train.len().min(most);
        let code = run.trained.model.code_shape().len();
        Self { rows, components: code.min(COMPONENTS).min(rows.saturating_sub(1)).min(pixels), code }
    }
}

/// How many numbers the components give of an image, in words: `as many numbers`, or how many where a code has more.
pub fn numbers(run: &Run, splits: &Splits, lab: &Lab) -> String {
    match Extent::of(run, splits, lab) {
        Extent { components, code, .. } if components < code => {
            format!("{}, where a code has {},", count(components, "number"), grouped(code))
        }
        _ => "as many numbers".to_owned(),
    }
}

/// How close the projection of each image of `set` on the principal components of the training images comes to it:
/// MSE, and PSNR where images are large enough for it. Nothing where the training images are too few for components.
///
/// A denoiser's baseline sees its noisy inputs and is compared with the clean images, as the network is.
pub fn measure(run: &Run, splits: &Splits, set: &Dataset, lab: &Lab) -> Result<Vec<Measure>, Error> {
    let pixels = run.trained.model.network().input.len();
    let Extent { rows, components, code } = Extent::of(run, splits, lab);
    if components == 0 || set.len() == 0 {
        return Ok(Vec::new());
    }
    let stage = lab.stage("principal components", 1 + set.len().div_ceil(CHUNK) as u64);
    let seed = run.trained.recipe.seed;
    let seen = run.trained.source(&splits.train);
    let chosen: Vec<usize> = match rows < splits.train.len() {
        true => {
            let order = Stream::new(seed, "baseline images").permutation(0, splits.train.len());
            order[..rows].iter().map(|index| *index as usize).collect()
        }
        false => (0..rows).collect(),
    };
    let pca = Pca::fit(Table::new(&targets(&seen, &chosen, pixels), pixels)?, components)?;
    stage.step();

    let seen = run.trained.source(set);
    let chunk = lab.memory().images_at_a_time(pixels, 3, CHUNK);
    let (mut squares, mut quality) = (0.0, Vec::new());
    let all: Vec<usize> = (0..set.len()).collect();
    for indices in all.chunks(chunk) {
        let (inputs, targets) = pairs(&seen, indices, pixels);
        let scores = pca.transform(Table::new(&inputs, pixels)?)?;
        let outputs = pca.inverse(Table::new(&scores, components)?)?;
        squares += targets.iter().zip(&outputs).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>();
        let targets = Pictures::new(targets, run.trained.model.network().input);
        if targets.are_comparable() {
            quality.extend(image_quality(&targets.pixels, &outputs, targets.shape)?);
        }
        stage.step();
    }
    let of = match rows < splits.train.len() {
        true => format!("fitted on {} of {} training images", grouped(rows), grouped(splits.train.len())),
        false => format!("fitted on {}", count(rows, "training image")),
    };
    let of = match components < code {
        true => format!("{components} components, where a code has {} numbers; {of}", grouped(code)),
        false => format!("{}; {of}", count(components, "component")),
    };
    let mse = squares / (set.len() * pixels) as f64;
    // Infinite where the components hold everything.
    let psnr = MeanQuality::of(&quality).map(|mean| mean.psnr).filter(|psnr| psnr.is_finite());
    let found = std::iter::once(("pca_mse", mse)).chain(psnr.map(|psnr| ("pca_psnr", psnr)));
    Ok(found.map(|(name, value)| Measure::new(name, value, set.len()).of(&of)).collect())
}

/// What the network should give for the images at `indices`.
fn targets(seen: &ImageSource<'_>, indices: &[usize], pixels: usize) -> Vec<f32> {
    let (mut input, mut targets) = (vec![0.0; pixels], vec![0.0; indices.len() * pixels]);
    for (index, target) in indices.iter().zip(targets.chunks_exact_mut(pixels)) {
        seen.fill(*index, &mut input, target);
    }
    targets
}

/// What the network is given of the images at `indices`, and what it should give.
fn pairs(seen: &ImageSource<'_>, indices: &[usize], pixels: usize) -> (Vec<f32>, Vec<f32>) {
    let mut inputs = vec![0.0; indices.len() * pixels];
    let mut targets = inputs.clone();
    let rows = inputs.chunks_exact_mut(pixels).zip(targets.chunks_exact_mut(pixels));
    for (index, (input, target)) in indices.iter().zip(rows) {
        seen.fill(*index, input, target);
    }
    (inputs, targets)
}
