//! What a network sees instead of the clean image: noise, binary images. Random, yet a pure function of
//! (seed, step, image), so nothing depends on threads and a resumed run needs no state.

use random::Stream;
use serde::{Deserialize, Serialize};

use crate::augmentation::Augmentation;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::noise::{Noise, NoiseStreams};

/// The step to pass to [`InputTransform::fill`] when evaluating, so that repeated evaluations agree.
pub const EVALUATION_STEP: u64 = u64::MAX;

/// The `input` table inside a recipe's `[data]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputSpec {
    /// Noise on the input; the target stays clean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// Makes pixels 0 or 1, in the input and in the target (before noise, where both are given).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binarise: Option<Binarise>,
}

/// How grey pixels become 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binarise {
    /// 1 where the pixel is above ½.
    Threshold,
    /// 1 with the pixel as probability, drawn anew at every step (Burda et al. 2016).
    Stochastic,
}

impl InputSpec {
    pub(crate) fn check(&self) -> Result<(), DataError> {
        self.noise.map_or(Ok(()), |noise| noise.check("input.noise"))
    }
}

/// A checked [`InputSpec`] with its random streams.
///
/// ```
/// use data::{Dataset, ImageShape, InputSpec, InputTransform, Noise};
/// let greys = Dataset::from_bytes("greys", ImageShape::new(1, 3, 1), vec![0, 128, 255])?;
/// let noisy = InputTransform::new(&InputSpec { noise: Some(Noise::gaussian(0.5)), binarise: None }, 7)?;
/// let (mut input, mut target) = ([0.0; 3], [0.0; 3]);
/// noisy.fill(&greys, 40, 0, &mut input, &mut target);
/// assert!(input != target && input.iter().all(|v| (0.0..=1.0).contains(v)));
/// assert_eq!(target[2], 1.0);
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputTransform {
    spec: InputSpec,
    noise: NoiseStreams,
    coins: Stream,
}

impl InputTransform {
    /// Checks `spec`; `seed` is the training's.
    ///
    /// # Errors
    /// [`DataError::Field`] if a number of the noise is out of its range.
    pub fn new(spec: &InputSpec, seed: u64) -> Result<Self, DataError> {
        spec.check()?;
        Ok(Self { spec: *spec, noise: NoiseStreams::new(seed), coins: Stream::new(seed, "binary pixels") })
    }

    /// Whether nothing is done to an image on its way to the network.
    pub fn is_identity(&self) -> bool {
        self.spec == InputSpec::default()
    }

    /// Writes to `target` what the network should say of image `index` on average over steps.
    ///
    /// # Panics
    /// As [`Dataset::image`].
    pub fn mean_target(&self, dataset: &Dataset, index: usize, target: &mut [f32]) {
        dataset.clean_image(index, target);
        if self.spec.binarise == Some(Binarise::Threshold) {
            threshold(target);
        }
    }

    /// Writes what the network sees at `step` of image `index` to `input`, and what it should say (of its clean image, where
    /// the set has such) to `target`, both [height, width, channels] in [0, 1].
    ///
    /// # Panics
    /// As [`Dataset::image`], for either slice.
    pub fn fill(&self, dataset: &Dataset, step: u64, index: usize, input: &mut [f32], target: &mut [f32]) {
        assert_eq!(input.len(), target.len(), "room for input and target");
        dataset.clean_image(index, target);
        match dataset.has_clean() {
            true => dataset.image(index, input),
            false => input.copy_from_slice(target),
        }
        self.see(dataset, step, index, input, target);
    }

    /// As [`fill`](Self::fill), of the image as `augmentation` has it in `epoch`; noise comes on top, and what is cut out
    /// is missing in the input only.
    ///
    /// # Panics
    /// As [`Dataset::image`], for either slice.
    pub fn fill_augmented(
        &self,
        dataset: &Dataset,
        (augmentation, epoch): (&Augmentation, u64),
        step: u64,
        index: usize,
        input: &mut [f32],
        target: &mut [f32],
    ) {
        assert_eq!(input.len(), target.len(), "room for input and target");
        dataset.clean_image(index, input);
        augmentation.apply(epoch, index, dataset.shape(), input, target);
        match dataset.has_clean() {
            true => {
                let mut given = vec![0.0; input.len()];
                dataset.image(index, &mut given);
                augmentation.apply(epoch, index, dataset.shape(), &given, input);
            }
            false => input.copy_from_slice(target),
        }
        self.see(dataset, step, index, input, target);
        augmentation.cut_out(epoch, index, dataset.shape(), input);
    }

    /// Makes of the clean image in `target` what the network should say of it, and of the same or another in `input` what it
    /// sees.
    fn see(&self, dataset: &Dataset, step: u64, index: usize, input: &mut [f32], target: &mut [f32]) {
        let sample = index as u32;
        match self.spec.binarise {
            None => {}
            Some(Binarise::Threshold) => {
                threshold(target);
                threshold(input);
            }
            Some(Binarise::Stochastic) => {
                self.coins.uniforms(step, sample, input);
                for (pixel, coin) in target.iter_mut().zip(&*input) {
                    *pixel = f32::from(u8::from(coin < pixel));
                }
                input.copy_from_slice(target);
            }
        }
        if let Some(noise) = &self.spec.noise {
            let has_bounds = dataset.columns().is_none(); // values of a table have none
            self.noise.apply(noise, (step, sample), dataset.shape(), has_bounds, input);
        }
    }
}

fn threshold(image: &mut [f32]) {
    image.iter_mut().for_each(|v| *v = f32::from(u8::from(*v > 0.5)));
}
