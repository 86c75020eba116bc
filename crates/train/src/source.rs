//! Images of a data set as devices take them.

use data::{Augmentation, Dataset, EVALUATION_STEP, InputTransform};
use network::Source;

/// A batch of training images: gathered and transformed by the threads that need them.
pub(crate) struct TrainingBatch<'a> {
    pub dataset: &'a Dataset,
    pub transform: InputTransform,
    /// What the recipe changes in training images, if anything, and the epoch.
    pub augmentation: Option<(Augmentation, u64)>,
    pub step: u64,
    /// Which images of the data set.
    pub images: &'a [u32],
}

impl Source<f32> for TrainingBatch<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        let (step, image) = (self.step, self.images[index] as usize);
        match &self.augmentation {
            None => self.transform.fill(self.dataset, step, image, input, target),
            Some((augmentation, epoch)) => {
                let augmentation = (augmentation, *epoch);
                self.transform.fill_augmented(self.dataset, augmentation, step, image, input, target);
            }
        }
    }
}

/// A data set in its order, as the network sees it in evaluation: with the recipe's noise or binarisation,
/// the same at every look.
///
/// ```
/// # use network::Source;
/// let digits = data::synthetic_digits(10, 28, 0)?;
/// let plain = data::InputTransform::new(&data::InputSpec::default(), 0)?;
/// let (mut input, mut target) = (vec![0.0; 784], vec![0.0; 784]);
/// train::ImageSource::new(&digits, plain).fill(3, &mut input, &mut target);
/// assert_eq!(input, target);
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ImageSource<'a> {
    dataset: &'a Dataset,
    transform: InputTransform,
    first: usize,
}

impl<'a> ImageSource<'a> {
    /// `dataset` through `transform`.
    pub fn new(dataset: &'a Dataset, transform: InputTransform) -> Self {
        Self { dataset, transform, first: 0 }
    }

    /// The same images without the first `first`.
    pub fn after(self, first: usize) -> Self {
        Self { first: self.first + first, ..self }
    }
}

impl Source<f32> for ImageSource<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.transform.fill(self.dataset, EVALUATION_STEP, self.first + index, input, target);
    }
}
