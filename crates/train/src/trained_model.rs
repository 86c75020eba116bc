//! A finished training, opened again.

use std::ops::Range;
use std::path::Path;

use data::{Dataset, ImageShape, InputTransform};
use model::{Autoencoder, Weights, weights};
use network::{Shape, Terms};
use run::{Digest, RunDir, Slot};

use crate::compute::Compute;
use crate::error::TrainError;
use crate::evaluation::batch_terms;
use crate::recipe::Recipe;
use crate::recipe::plan::{check_images, network_difference};
use crate::run_recipe::recipe_of;
use crate::source::ImageSource;

/// Images that go through an opened model at a time.
const BATCH: usize = 128;

/// A run's recipe and the model that came of it.
pub struct TrainedModel {
    /// The recipe as it was used.
    pub recipe: Recipe,
    /// The network with its weights.
    pub model: Autoencoder,
    /// Which checkpoint the weights are from.
    pub slot: Slot,
    /// Epochs done then.
    pub epoch: u64,
    /// SHA-256 of the weights' file.
    pub weights_sha256: String,
    /// What the user should know: copies of the checkpoint that were damaged and passed over.
    pub warnings: Vec<String>,
    /// What became of images before the network saw them.
    pub transform: InputTransform,
}

/// Opens the weights in `slot` of `run`; where none is named the best, or the last if no epoch came to its end.
///
/// # Errors
/// If recipe or weights are missing, damaged, or do not belong together.
pub fn open_run(run: &RunDir, slot: Option<Slot>, compute: Compute) -> Result<TrainedModel, TrainError> {
    let recipe = recipe_of(run, None)?;
    let (slot, loaded) = match slot {
        Some(slot) => (slot, run.load_checkpoint(slot)?),
        None => match run.load_checkpoint(Slot::Best) {
            Ok(loaded) => (Slot::Best, loaded),
            Err(run::Error::NoCheckpoint { tried, .. }) if tried.is_empty() => {
                (Slot::Last, run.load_checkpoint(Slot::Last)?)
            }
            Err(error) => return Err(error.into()),
        },
    };
    let (weights, epoch) = (&loaded.checkpoint.weights, loaded.checkpoint.epoch);
    let warnings = loaded.faults.iter().map(ToString::to_string).collect();
    Ok(TrainedModel { warnings, ..TrainedModel::new(run.path(), recipe, weights, slot, epoch, compute)? })
}

impl TrainedModel {
    /// The model that came of `recipe`, from its `weights` in safetensors; `path` names it in messages.
    ///
    /// # Errors
    /// If the weights are damaged, or belong to another network than the recipe's.
    pub fn new(
        path: &Path,
        recipe: Recipe,
        weights: &[u8],
        slot: Slot,
        epoch: u64,
        compute: Compute,
    ) -> Result<Self, TrainError> {
        let fail = |error| TrainError::Checkpoint { path: path.to_owned(), error: Box::new(error) };
        let Weights { network, parameters } = weights::from_bytes(weights).map_err(fail)?;
        let model = Autoencoder::new(compute.open(&network, BATCH)?, &parameters).map_err(fail)?;
        let mismatch = |part| TrainError::Mismatch { path: path.to_owned(), part };
        let Shape::Image { height, width, channels } = model.network().input else {
            return Err(mismatch("input"));
        };
        let plan = recipe.check(ImageShape { height, width, channels })?;
        if let Some(part) = network_difference(model.network(), plan.network()) {
            return Err(mismatch(part));
        }
        let (transform, weights_sha256) = (plan.transform(), Digest::of(weights).sha256);
        Ok(Self { recipe, model, slot, epoch, weights_sha256, warnings: Vec::new(), transform })
    }

    /// `dataset` as the network sees it in evaluation; a source for the model's `encode_from` and
    /// `reconstruct_from`.
    pub fn source<'a>(&self, dataset: &'a Dataset) -> ImageSource<'a> {
        ImageSource::new(dataset, self.transform)
    }

    /// Loss terms over all of `dataset`; the same as training's validation gives.
    ///
    /// # Errors
    /// [`TrainError::Images`] if the images are not of the shape that the network takes.
    pub fn evaluate(&mut self, dataset: &Dataset) -> Result<Terms, TrainError> {
        let batches = self.batch_terms(dataset, 0..dataset.len())?;
        Ok(batches.into_iter().fold(Terms::default(), Terms::merge))
    }

    /// The same of each batch of [`batch`](Self::batch) images among those at `rows`: [`Terms::merge`] in their order gives
    /// the terms of all, to the bit where rows begin with a batch of the whole.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn batch_terms(&mut self, dataset: &Dataset, rows: Range<usize>) -> Result<Vec<Terms>, TrainError> {
        check_images("images", dataset, self.model.network().input)?;
        Ok(batch_terms(self.model.device(), dataset, rows, self.transform, self.recipe.seed))
    }

    /// Images that go through the network at a time.
    pub fn batch(&mut self) -> usize {
        self.model.device().batch()
    }
}
