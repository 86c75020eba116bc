//! What a principal component analysis with as many numbers per image makes of the same images: the least that a
//! network should reach.

use std::ops::Range;

use analysis::{ImageQuality, MeanQuality, Pca, Table, image_quality};
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
/// Images that pass through the components at a time; shards of a set begin with such a chunk of the whole.
const CHUNK: usize = 128;

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

/// How close the projections of images on the principal components of the training images come to them.
pub struct BaselineError {
    /// Sum of squared differences of each image, over its values.
    pub squares: Vec<f64>,
    /// The same by other measures, where images are large enough.
    pub quality: Vec<ImageQuality>,
    /// How many components they are, and what they were fitted on.
    pub of: String,
}

impl BaselineError {
    /// Projects the images of `set` at `rows`. `None` where the training images are too few for components.
    ///
    /// A denoiser's baseline sees its noisy inputs and is compared with the clean images, as the network is.
    ///
    /// # Errors
    /// If images cannot be compared.
    pub fn of(
        run: &Run,
        splits: &Splits,
        set: &Dataset,
        images: Range<usize>,
        lab: &Lab,
    ) -> Result<Option<Self>, Error> {
        let pixels = run.trained.model.network().input.len();
        let Extent { rows, components, code } = Extent::of(run, splits, lab);
        if components == 0 || images.is_empty() {
            return Ok(None);
        }
        let stage = lab.stage("principal components", 1 + images.len().div_ceil(CHUNK) as u64);
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
        let (mut squares, mut quality) = (Vec::with_capacity(images.len()), Vec::new());
        let all: Vec<usize> = images.collect();
        for indices in all.chunks(chunk) {
            let (inputs, targets) = pairs(&seen, indices, pixels);
            let scores = pca.transform(Table::new(&inputs, pixels)?)?;
            let outputs = pca.inverse(Table::new(&scores, components)?)?;
            let both = targets.chunks_exact(pixels).zip(outputs.chunks_exact(pixels));
            squares.extend(both.map(|(target, output)| {
                target.iter().zip(output).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>()
            }));
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
        Ok(Some(Self { squares, quality, of }))
    }

    /// MSE, and PSNR where images are large enough for it; an image has so many values.
    pub fn measures(&self, pixels: usize) -> Vec<Measure> {
        let images = self.squares.len();
        let mse = self.squares.iter().sum::<f64>() / (images * pixels) as f64;
        // Infinite where the components hold everything.
        let psnr = MeanQuality::of(&self.quality).map(|mean| mean.psnr).filter(|psnr| psnr.is_finite());
        let found = std::iter::once(("pca_mse", mse)).chain(psnr.map(|psnr| ("pca_psnr", psnr)));
        found.map(|(name, value)| Measure::new(name, value, images).of(&self.of)).collect()
    }
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
