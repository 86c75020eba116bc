//! An autoencoder as a specification: encoder layers, latent, decoder layers.

use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::layers::{self, Layer, LayerError, MAX_VALUES};
use crate::objective::{Kl, Loss, Objective, Reconstruction, Reduction, Term};
use crate::shape::Shape;

/// What lies between encoder and decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Latent {
    /// The encoder's output is the code (an autoencoder).
    Deterministic {},
    /// Two heads give mean and log variance of a diagonal Gaussian posterior; training decodes z = μ + σ ε (a
    /// variational autoencoder).
    Gaussian(GaussianLatent),
}

impl Latent {
    /// The head of a Gaussian that gives the mean, as its tensors are named.
    pub const MEAN: &'static str = "latent.mean";
    /// The head that gives the log variance.
    pub const LOG_VAR: &'static str = "latent.log_var";

    /// A Gaussian code of `size` numbers, drawn once an image.
    pub fn gaussian(size: usize) -> Self {
        Latent::Gaussian(GaussianLatent {
            code: Code::Vector(size),
            samples: 1,
            bound: LikelihoodBound::Elbo,
        })
    }

    /// Codes of an image that training decodes.
    pub fn samples(&self) -> usize {
        match self {
            Latent::Deterministic {} => 1,
            Latent::Gaussian(gaussian) => gaussian.samples,
        }
    }
}

/// The most codes that training draws for an image.
const MOST_SAMPLES: usize = 10_000;

/// The shape of a Gaussian code, and how often it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GaussianForm", into = "GaussianForm")]
pub struct GaussianLatent {
    /// Its shape.
    pub code: Code,
    /// Codes that training draws for each image, and decodes; from 1 to 10,000.
    pub samples: usize,
    /// What they bound the image's log-likelihood by.
    pub bound: LikelihoodBound,
}

/// The bound of an image's log-likelihood that training raises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LikelihoodBound {
    /// The mean of the samples' evidence lower bounds, with the KL divergence in closed form (Kingma & Welling 2014).
    #[default]
    Elbo,
    /// ln (1/K) Σ_k p(x | z_k) p(z_k) / q(z_k | x) of the K samples (Burda et al. 2016). Needs a likelihood as the
    /// reconstruction term, and the KL term as it is by default.
    Iwae,
}

impl LikelihoodBound {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The shape of a Gaussian code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// So many numbers, by dense heads on a vector.
    Vector(usize),
    /// So many channels of each pixel of an image, by 1 × 1 convolutions.
    Channels(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GaussianForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channels: Option<usize>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    samples: usize,
    #[serde(default, skip_serializing_if = "LikelihoodBound::is_default")]
    bound: LikelihoodBound,
}

fn one() -> usize {
    1
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

impl TryFrom<GaussianForm> for GaussianLatent {
    type Error = &'static str;

    fn try_from(form: GaussianForm) -> Result<Self, Self::Error> {
        let code = match (form.size, form.channels) {
            (Some(size), None) => Code::Vector(size),
            (None, Some(channels)) => Code::Channels(channels),
            (None, None) => return Err("missing field `size` (or `channels`, for a code that is an image)"),
            (Some(_), Some(_)) => return Err("a code has a `size` or `channels`, not both"),
        };
        Ok(Self { code, samples: form.samples, bound: form.bound })
    }
}

impl From<GaussianLatent> for GaussianForm {
    fn from(latent: GaussianLatent) -> Self {
        let (size, channels) = match latent.code {
            Code::Vector(size) => (Some(size), None),
            Code::Channels(channels) => (None, Some(channels)),
        };
        Self { size, channels, samples: latent.samples, bound: latent.bound }
    }
}

/// A whole network with what it minimises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// One input image (or vector).
    pub input: Shape,
    /// From the input to the features.
    pub encoder: Vec<Layer>,
    /// From the features to the code.
    pub latent: Latent,
    /// From the code to the output: logits where the objective is cross-entropy.
    pub decoder: Vec<Layer>,
    /// What training minimises.
    pub objective: Objective,
}

/// Where and why a network does not fit together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// A layer is wrong.
    #[error("{part}[{index}] ({kind}): {error}")]
    Layer {
        /// `encoder` or `decoder`.
        part: &'static str,
        /// Position in its list, from 0.
        index: usize,
        /// The layer's name.
        kind: &'static str,
        /// What is wrong.
        error: Box<LayerError>,
    },
    /// Anything else.
    #[error("{field} = {value}: {allowed}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it held.
        value: String,
        /// What would be right.
        allowed: String,
    },
}

fn field(field: &'static str, value: impl ToString, allowed: impl Into<String>) -> NetworkError {
    NetworkError::Field { field, value: value.to_string(), allowed: allowed.into() }
}

/// The shapes of a checked network.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapes {
    /// Output of each encoder layer.
    pub encoder: Vec<Shape>,
    /// What the latent heads (or the code) take: the encoder's output.
    pub features: Shape,
    /// The code z.
    pub code: Shape,
    /// Output of each decoder layer.
    pub decoder: Vec<Shape>,
}

impl GaussianLatent {
    fn code_shape(self, features: Shape) -> Result<Shape, NetworkError> {
        if !(1..=MOST_SAMPLES).contains(&self.samples) {
            let allowed = format!("must be from 1 to {MOST_SAMPLES}");
            return Err(field("latent.samples", self.samples, allowed));
        }
        let check = |name, n: usize, from: usize| {
            if n == 0 {
                return Err(field(name, 0, "must be at least 1"));
            }
            if from.saturating_mul(n) > MAX_VALUES {
                let allowed =
                    format!("a kernel of {from} × {n} is more than the {MAX_VALUES} values allowed");
                return Err(field(name, n, allowed));
            }
            Ok(())
        };
        match (self.code, features) {
            (Code::Vector(size), Shape::Vector(n)) => {
                check("latent.size", size, n)?;
                Ok(Shape::Vector(size))
            }
            (Code::Vector(0), _) => Err(field("latent.size", 0, "must be at least 1")),
            (Code::Vector(_), Shape::Image { .. }) => Err(field(
                "latent",
                "gaussian",
                format!(
                    "the encoder ends in {features}; end it with {{ layer = \"flatten\" }}, or give `channels` \
                     instead of `size` for a code that is an image"
                ),
            )),
            (Code::Channels(channels), Shape::Image { height, width, channels: from }) => {
                check("latent.channels", channels, from)?;
                Ok(Shape::image(height, width, channels))
            }
            (Code::Channels(channels), Shape::Vector(_)) => Err(field(
                "latent.channels",
                channels,
                format!(
                    "is for an encoder that ends in an image, and this one ends in {features}; give `size`"
                ),
            )),
        }
    }
}

impl Network {
    /// Checks every layer and number and gives the shapes.
    ///
    /// # Errors
    /// The first thing that does not fit, with its place, the value and what is allowed.
    pub fn shapes(&self) -> Result<Shapes, NetworkError> {
        if self.input.is_empty() || self.input.len() > MAX_VALUES {
            let allowed = format!("must hold between 1 and {} values", MAX_VALUES);
            return Err(field("input", self.input, allowed));
        }
        let encoder = chain("encoder", &self.encoder, self.input)?;
        let features = encoder.last().copied().unwrap_or(self.input);
        let code = match self.latent {
            Latent::Deterministic {} => features,
            Latent::Gaussian(gaussian) => gaussian.code_shape(features)?,
        };
        let decoder = chain("decoder", &self.decoder, code)?;
        let output = decoder.last().copied().unwrap_or(code);
        if output.len() != self.input.len() {
            return Err(field(
                "decoder",
                output,
                format!("its output must hold the {} values of the input {}", self.input.len(), self.input),
            ));
        }
        if self.encoder.is_empty() && self.latent == (Latent::Deterministic {}) {
            return Err(field("encoder", "[]", "needs at least one layer"));
        }
        if self.decoder.is_empty() {
            return Err(field("decoder", "[]", "needs at least one layer"));
        }
        self.check_objective()?;
        Ok(Shapes { encoder, features, code, decoder })
    }

    /// Whether the code is a Gaussian posterior (a VAE).
    pub fn is_variational(&self) -> bool {
        matches!(self.latent, Latent::Gaussian(_))
    }

    /// The terms that its loss has, in the order of tables; see [`Objective::terms`].
    pub fn terms(&self) -> impl Iterator<Item = Term> {
        self.objective.terms(self.is_variational())
    }

    fn check_objective(&self) -> Result<(), NetworkError> {
        let checked = self.objective.check(self.input, self.is_variational());
        checked.map_err(|error| field(error.field, error.value, error.allowed))?;
        if matches!(self.latent, Latent::Gaussian(GaussianLatent { bound: LikelihoodBound::Iwae, .. })) {
            let Reconstruction { loss, reduction, weight, .. } = self.objective.reconstruction;
            let is_likelihood = loss.is_likelihood() && reduction == Reduction::Sum && weight == 1.0;
            if !is_likelihood || self.objective.kl != Kl::default() || self.objective.compares_structure() {
                return Err(field(
                    "latent.bound",
                    "iwae",
                    "needs objective.reconstruction.loss = \"bce\" or \"gaussian\", with reduction \"sum\" and weight 1, \
                     objective.kl as it is by default, and neither ssim_loss nor ms_ssim_loss",
                ));
            }
        }
        // A reshape at the end passes on what the layer before it gives.
        let last = self.decoder.iter().rev().find_map(Layer::last_activation);
        let last = last.unwrap_or(Activation::Linear);
        if self.objective.reconstruction.loss == Loss::Bce && last != Activation::Linear {
            return Err(field(
                "decoder",
                format!("ends with activation {}", last.name()),
                "objective.reconstruction.loss = \"bce\" takes logits: the last layer must be linear \
                 (images shown are σ(logit))",
            ));
        }
        Ok(())
    }
}

fn chain(part: &'static str, chain: &[Layer], input: Shape) -> Result<Vec<Shape>, NetworkError> {
    layers::chain(chain, input).map_err(|(index, error)| NetworkError::Layer {
        part,
        index,
        kind: chain[index].kind(),
        error: error.into(),
    })
}
