//! A checked recipe with its network: what a training is made of.

use data::{Augmentation, Dataset, ImageShape, InputTransform};
use model::{ModelError, Summary};
use network::{Loss, Network, Shape};

use super::Recipe;
use crate::compute::Compute;
use crate::error::{RecipeError, TrainError};

/// A recipe whose every value has been checked, for images of a known shape. Made by [`Recipe::check`] only.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    recipe: Recipe,
    network: Network,
    transform: InputTransform,
    augmentation: Option<Augmentation>,
}

impl Plan {
    /// Of values that have been checked.
    pub(crate) fn of(
        recipe: Recipe,
        network: Network,
        transform: InputTransform,
        augmentation: Option<Augmentation>,
    ) -> Self {
        Self { recipe, network, transform, augmentation }
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Its network, input shape included.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the network sees instead of the clean images.
    pub fn transform(&self) -> InputTransform {
        self.transform
    }

    /// How training images differ from epoch to epoch, where they do.
    pub fn augmentation(&self) -> Option<Augmentation> {
        self.augmentation
    }

    /// Refuses what the rows of a table do not suit: cross-entropy takes values in [0, 1], which theirs are not, and
    /// augmentation and most noise change pixels.
    pub(crate) fn check_values(&self, set: &Dataset) -> Result<(), RecipeError> {
        if set.columns().is_none() {
            return Ok(());
        }
        if self.augmentation.is_some() {
            let allowed = "is for images, and these are rows of a table; remove it";
            return Err(self.recipe.refuse("data.augment", "given", allowed));
        }
        if let Some(noise) = self.recipe.data.input.noise.filter(|noise| !noise.is_gaussian()) {
            let allowed = "is for images, and these are rows of a table, which take Gaussian noise only";
            return Err(self.recipe.refuse("data.input.noise", noise, allowed));
        }
        if self.network.objective.reconstruction.loss != Loss::Bce {
            return Ok(());
        }
        let allowed = "takes values in [0, 1], and those of a table are standardised: must be \"gaussian\" or \
                       \"squared_error\"";
        Err(self.recipe.refuse("objective.reconstruction.loss", "\"bce\"", allowed))
    }

    /// Bytes that a training with batches of `batch` images takes beside its data set: activations, weights,
    /// gradients, the optimizer's moments, the weights' average, and copies of all these but the gradients while they are
    /// saved.
    ///
    /// # Errors
    /// If the engine cannot run the network with such batches.
    pub fn memory(&self, batch: usize, compute: Compute) -> Result<u64, TrainError> {
        let device = compute.memory(self.network(), batch)?;
        let parameters = Summary::new(self.network()).map_err(ModelError::from)?.parameters;
        let moments = self.recipe().optimizer.rule.slots().len();
        let average = usize::from(self.recipe().training.average.is_some());
        // First the moments are read out and written, then, with what was written of them, the weights.
        let copies = (2 * moments).max(moments + 2 * (1 + average));
        Ok(device + ((moments + average + copies) * parameters * size_of::<f32>()) as u64)
    }
}

/// A shape of the data as the engine has it.
pub(crate) fn engine_shape(ImageShape { height, width, channels }: ImageShape) -> Shape {
    Shape::image(height, width, channels)
}

/// Refuses a data set whose images a network does not take.
pub(crate) fn check_images(what: &'static str, dataset: &Dataset, input: Shape) -> Result<(), TrainError> {
    let found = engine_shape(dataset.shape());
    if found == input {
        return Ok(());
    }
    Err(TrainError::Images { what, found: found.to_string(), expected: input.to_string() })
}

/// The first part in which two networks differ.
pub(crate) fn network_difference(a: &network::Network, b: &network::Network) -> Option<&'static str> {
    let parts = [
        ("input", a.input == b.input),
        ("encoder", a.encoder == b.encoder),
        ("latent", a.latent == b.latent),
        ("decoder", a.decoder == b.decoder),
        ("objective", a.objective == b.objective),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}
