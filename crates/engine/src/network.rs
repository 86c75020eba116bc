//! An autoencoder as a specification: encoder layers, latent, decoder layers.

use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::layer::{Layer, LayerError, MAX_VALUES};
use crate::objective::{Loss, Objective};
use crate::shape::Shape;

/// What lies between encoder and decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Latent {
    /// The encoder's output is the code (an autoencoder).
    Deterministic {},
    /// Two dense heads give mean and log variance of a diagonal Gaussian posterior; training decodes
    /// z = μ + σ ε (a variational autoencoder).
    Gaussian {
        /// Latent dimensions.
        size: usize,
    },
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
        error: LayerError,
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
            Latent::Gaussian { size: 0 } => {
                return Err(field("latent.size", 0, "must be at least 1"));
            }
            Latent::Gaussian { size } => {
                let Shape::Vector(_) = features else {
                    return Err(field(
                        "latent",
                        "gaussian",
                        format!("the encoder ends in {features}; end it with {{ layer = \"flatten\" }}"),
                    ));
                };
                if features.len().saturating_mul(size) > MAX_VALUES {
                    let kernel = format!("{} × {size}", features.len());
                    let allowed =
                        format!("a kernel of {kernel} is more than the {MAX_VALUES} values allowed");
                    return Err(field("latent.size", size, allowed));
                }
                Shape::Vector(size)
            }
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
        matches!(self.latent, Latent::Gaussian { .. })
    }

    fn check_objective(&self) -> Result<(), NetworkError> {
        let Objective { reconstruction, kl, code_l1 } = self.objective;
        let not_negative = |name, value: f32| {
            if value >= 0.0 && value.is_finite() {
                Ok(())
            } else {
                Err(field(name, value, "must be a finite number of at least 0"))
            }
        };
        not_negative("objective.reconstruction.weight", reconstruction.weight)?;
        not_negative("objective.kl.weight", kl.weight)?;
        not_negative("objective.kl.warmup_epochs", kl.warmup_epochs)?;
        not_negative("objective.kl.free_bits", kl.free_bits)?;
        not_negative("objective.code_l1", code_l1)?;
        if code_l1 > 0.0 && self.is_variational() {
            return Err(field("objective.code_l1", code_l1, "is for latent.kind = \"deterministic\" only"));
        }
        if let Some(sigma) = reconstruction.sigma {
            if reconstruction.loss != Loss::Gaussian {
                let allowed = "is for objective.reconstruction.loss = \"gaussian\" only";
                return Err(field("objective.reconstruction.sigma", sigma.initial(), allowed));
            }
            if !(sigma.initial() > 0.0 && sigma.initial().is_finite()) {
                return Err(field(
                    "objective.reconstruction.sigma",
                    sigma.initial(),
                    "must be greater than 0",
                ));
            }
        }
        // A reshape at the end passes on what the layer before it gives.
        let passes_on = |layer: &&Layer| matches!(layer, Layer::Reshape(_) | Layer::Flatten(_));
        let last = self.decoder.iter().rev().find(|layer| !passes_on(layer));
        let last = last.map_or(Activation::Linear, Layer::activation);
        if reconstruction.loss == Loss::Bce && last != Activation::Linear {
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

fn chain(part: &'static str, layers: &[Layer], input: Shape) -> Result<Vec<Shape>, NetworkError> {
    let mut shape = input;
    let mut shapes = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let output = layer.output_shape(shape).and_then(|output| check_kernel(layer, shape).map(|()| output));
        shape = output.map_err(|error| NetworkError::Layer { part, index, kind: layer.kind(), error })?;
        shapes.push(shape);
    }
    Ok(shapes)
}

/// Refuses a kernel that no machine of today holds together with its gradient and moments.
fn check_kernel(layer: &Layer, input: Shape) -> Result<(), LayerError> {
    let (_, _, channels) = input.pixels();
    let (field, outputs, kernel) = match layer {
        Layer::Dense(dense) => ("units", dense.units, vec![channels, dense.units]),
        Layer::Conv2d(conv) | Layer::Conv2dTranspose(conv) => {
            ("filters", conv.filters, vec![conv.kernel.rows, conv.kernel.columns, channels, conv.filters])
        }
        _ => return Ok(()),
    };
    if kernel.iter().try_fold(1usize, |n, m| n.checked_mul(*m)).is_some_and(|n| n <= MAX_VALUES) {
        return Ok(());
    }
    let shape: Vec<_> = kernel.iter().map(ToString::to_string).collect();
    let allowed = format!("a kernel of {} is more than the {MAX_VALUES} values allowed", shape.join(" × "));
    Err(LayerError { field, value: outputs.to_string(), allowed })
}
