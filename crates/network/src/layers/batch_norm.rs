//! `batch_norm`

use serde::{Deserialize, Serialize};

use super::error::{part, positive};
use super::group_norm::default_epsilon;
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Role, Start, Tensor, scale_and_shift};

/// Batch normalisation (Ioffe & Szegedy 2015), as in Keras: while training, every channel has mean 0 and variance 1 over
/// the pixels of all images of the batch; elsewhere the running averages of both are taken off. Then γ, β and the
/// activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    /// Part of the running averages that a step keeps, from 0 and below 1; the rest comes from its batch.
    #[serde(default = "default_momentum")]
    pub momentum: f32,
    /// Added to the variance.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// Function of γ x̂ + β.
    #[serde(default)]
    pub activation: Activation,
}

fn default_momentum() -> f32 {
    0.99
}

impl LayerRule for BatchNorm {
    const KIND: &'static str = "batch_norm";
    const KEYS: &'static [Key] = &[keys::MOMENTUM, keys::EPSILON, keys::NORM_ACTIVATION];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        part("momentum", self.momentum)?;
        positive("epsilon", self.epsilon)?;
        Ok(input)
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let channels = input.pixels().2;
        let average = |name: &str, start| Tensor {
            name: name.into(),
            shape: vec![channels],
            start: Start::Value(start),
            role: Role::State,
        };
        let mut tensors = scale_and_shift(channels).to_vec();
        tensors.extend([average("moving_mean", 0.0), average("moving_variance", 1.0)]);
        tensors
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let norm = |activation| BatchNorm { momentum: 0.9, epsilon: default_epsilon(), activation };
        vec![
            (Shape::image(3, 4, 5), norm(Activation::LeakyRelu { slope: 0.2 })),
            (Shape::Vector(18), norm(Activation::Linear)),
        ]
    }
}
