//! The recipe: what a TOML file says about one training.
//!
//! Text becomes a [`Recipe`] in `parse`, with the `overrides` of a command line; `check` makes a `plan` of it; `write`
//! gives it back as text.

mod check;
pub(crate) mod field_path;
mod kind_change;
mod origin;
pub(crate) mod output_layer;
pub(crate) mod overrides;
pub(crate) mod parse;
pub(crate) mod plan;
pub(crate) mod purpose;
pub(crate) mod schedule;
pub(crate) mod text;
mod write;

use std::fmt;

use data::DataSpec;
use network::{Latent, Layer, Objective, Optimizer};
use serde::{Deserialize, Serialize};

pub use self::origin::Origin;

use self::field_path::FieldPath;
use self::schedule::Schedule;
use crate::error::RecipeError;

/// The version of the recipe format that this program reads and writes.
pub const SCHEMA: u64 = 1;

/// Data, model, objective, optimizer and training of one run.
///
/// Comes from a TOML file ([`Recipe::open`], [`Recipe::parse`]), or is made in Rust; its fields may be changed
/// freely until [`Recipe::check`] makes a [`Plan`](crate::Plan) of it.
///
/// ```
/// let recipe = train::Recipe::open("mnist-mlp-vae", &["training.epochs=3".parse()?])?;
/// assert_eq!((recipe.training.epochs, recipe.training.batch_size), (3, 100));
/// let plan = recipe.check(data::ImageShape::new(28, 28, 1))?;
/// assert!(plan.network().is_variational());
/// # Ok::<(), train::RecipeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of the format, 1.
    #[serde(default = "schema")]
    pub schema: u64,
    /// Short name; runs are named after it.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub description: String,
    /// Seed of initial weights, shuffles and noise. Which images train is up to `data.seed`.
    #[serde(default)]
    pub seed: u64,
    /// Which images, how they are split, what is done to them.
    pub data: DataSpec,
    /// Encoder, latent, decoder.
    pub model: ModelSpec,
    /// What is minimised.
    pub objective: Objective,
    /// How.
    pub optimizer: OptimizerSpec,
    /// For how long.
    pub training: Training,
    /// What is drawn of the latent space beyond what every run gets.
    #[serde(default, skip_serializing_if = "Views::is_default")]
    pub show: Views,
    /// The file that it was read from; error messages point into it.
    #[serde(skip)]
    pub origin: Origin,
}

fn schema() -> u64 {
    SCHEMA
}

impl Recipe {
    /// The error that `field` holds `value` and not what is `allowed`, with its place in the recipe's text.
    pub(crate) fn refuse(
        &self,
        field: &str,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> RecipeError {
        let path = FieldPath::parse(field).unwrap_or_default();
        self.origin.refuse(&path, Some(value.to_string()), allowed)
    }
}

/// `[model]`: a network without its input shape, which comes from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// From the image to the features.
    pub encoder: Vec<Layer>,
    /// From the features to the code.
    pub latent: Latent,
    /// From the code to the output: logits where the objective is cross-entropy.
    pub decoder: Vec<Layer>,
    /// How the bias of the decoder's last layer starts.
    #[serde(default, skip_serializing_if = "OutputBias::is_default")]
    pub output_bias: OutputBias,
}

/// `model.output_bias`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputBias {
    /// At 0.
    #[default]
    Zeros,
    /// So that the output is the mean of the training images where nothing else is added to it (Burda et al. 2016).
    DataMean,
}

impl OutputBias {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `[optimizer]`: the update rule with its numbers, and the learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerSpec {
    /// `kind` and its numbers.
    #[serde(flatten)]
    pub rule: Optimizer,
    /// The learning rate that the schedule multiplies.
    pub learning_rate: f64,
    /// How the learning rate moves.
    #[serde(default)]
    pub schedule: Schedule,
    /// Largest global norm of the gradient; a longer gradient is scaled down to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
}

/// `[training]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Passes over the training images.
    pub epochs: u64,
    /// Images that go through the net at a time; the last of an epoch takes what is left.
    pub batch_size: usize,
    /// Batches per step, at least 1: their gradients add up to that of one large batch.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub accumulate: usize,
    /// The average over steps that is used in the place of the weights, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<WeightAverage>,
    /// When to stop before the last epoch; never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// What to do when the loss is no number or explodes.
    #[serde(default, skip_serializing_if = "OnDivergence::is_default")]
    pub on_divergence: OnDivergence,
}

fn one() -> usize {
    1
}

fn is_one(value: &usize) -> bool {
    *value == 1
}

/// `training.average`: an exponential moving average of the weights over steps (Polyak & Juditsky 1992; the form of
/// `tf.train.ExponentialMovingAverage`). Training goes on with the weights themselves; everything else takes the average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightAverage {
    /// Part of the average that a step leaves, in [0, 1). Where less has been seen it is (1 + t) / (10 + t) after step t,
    /// so that the first weights are soon forgotten.
    #[serde(default = "thousandth_off")]
    pub decay: f64,
}

fn thousandth_off() -> f64 {
    0.999
}

/// `training.on_divergence`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDivergence {
    /// Goes back to what was saved last and on with a tenth of the learning rate, once; then stops.
    #[default]
    Retry,
    /// Stops.
    Stop,
}

impl OnDivergence {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `training.early_stopping`: stops once the monitored number has not become better for a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Epochs without improvement until training stops, at least 1.
    pub patience: u64,
    /// Only a decrease by more than this is an improvement.
    #[serde(default)]
    pub min_delta: f64,
    /// What is to decrease.
    #[serde(default)]
    pub monitor: Monitor,
}

/// A number that each epoch gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The total over the validation images.
    #[default]
    ValidTotal,
    /// The reconstruction term over the validation images.
    ValidReconstruction,
    /// The total over the training images as they were seen.
    TrainTotal,
}

/// `[show]`: points of the latent space that are decoded when the training ends, where codes have as many
/// dimensions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Points to decode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Vec<f32>>,
    /// The plane that is decoded where codes have two dimensions; where the codes lie, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifold: Option<Plane>,
}

impl Views {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A square of the latent plane, at most [`Plane::MOST`] points in each direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// Both coordinates run from the first to the second.
    pub range: (f32, f32),
    /// Points in each direction.
    pub steps: usize,
}

impl Plane {
    /// The most points in each direction.
    pub const MOST: usize = 200;

    /// Why it cannot be drawn, if so.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        let Self { range: (low, high), steps } = *self;
        let is_plane = low < high && low.is_finite() && high.is_finite() && (1..=Self::MOST).contains(&steps);
        (!is_plane)
            .then_some("must have a range of two finite numbers, the smaller first, and 1 to 200 steps")
    }
}

impl fmt::Display for Plane {
    /// As a recipe has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range: (low, high), steps } = self;
        write!(f, "{{ range = [{low}, {high}], steps = {steps} }}")
    }
}
