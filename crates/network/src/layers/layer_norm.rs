//! `layer_norm`

use serde::{Deserialize, Serialize};

use super::error::positive;
use super::group_norm::default_epsilon;
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, scale_and_shift};

/// Layer normalisation (Ba et al. 2016) over the channels, as in Keras: those of every pixel have mean 0 and variance 1
/// before γ, β (one of each a channel) and the activation. A vector is one pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// Added to the variance.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// Function of γ x̂ + β.
    #[serde(default)]
    pub activation: Activation,
}

impl LayerRule for LayerNorm {
    const KIND: &'static str = "layer_norm";
    const KEYS: &'static [Key] = &[keys::EPSILON, keys::NORM_ACTIVATION];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        positive("epsilon", self.epsilon)?;
        Ok(input)
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        scale_and_shift(input.pixels().2).into()
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let norm = |activation| LayerNorm { epsilon: default_epsilon(), activation };
        vec![
            (Shape::image(3, 2, 5), norm(Activation::Linear)),
            (Shape::image(2, 2, 19), norm(Activation::Tanh)),
            (Shape::Vector(21), norm(Activation::Silu)),
        ]
    }
}
