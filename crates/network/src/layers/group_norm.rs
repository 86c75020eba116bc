//! `group_norm`

use serde::{Deserialize, Serialize};

use super::error::{at_least_one, positive};
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Fallback::Required;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, scale_and_shift};

/// Group normalisation (Wu & He 2018): the channels form groups of neighbours, and in each image every group has mean 0
/// and variance 1 over its channels and pixels, before γ, β (one of each a channel) and the activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// How many; divides the channels. 1 for all channels together.
    pub groups: usize,
    /// Added to the variance.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// Function of γ x̂ + β.
    #[serde(default)]
    pub activation: Activation,
}

/// Keras' ε of all normalisations.
pub(super) fn default_epsilon() -> f32 {
    1e-3
}

impl LayerRule for GroupNorm {
    const KIND: &'static str = "group_norm";
    const KEYS: &'static [Key] = &[
        Key::new(
            "groups",
            keys::AT_LEAST_ONE,
            Required,
            "4",
            "Groups of channels, each with mean 0 and variance 1 in every image; a divisor of the channels.",
        ),
        keys::EPSILON,
        keys::NORM_ACTIVATION,
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        at_least_one("groups", self.groups)?;
        positive("epsilon", self.epsilon)?;
        let (_, _, channels) = input.pixels();
        if !channels.is_multiple_of(self.groups) {
            // Pairs of divisors, one of which is at most the root.
            let small: Vec<usize> = (1..=channels.isqrt()).filter(|n| channels.is_multiple_of(*n)).collect();
            let large = small.iter().rev().map(|n| channels / n).filter(|n| n * n != channels);
            let divisors: Vec<_> = small.iter().copied().chain(large).map(|n| n.to_string()).collect();
            let allowed =
                format!("must divide the {channels} channels of the input {input}: {}", divisors.join(", "));
            return Err(LayerError::new("groups", self.groups, allowed));
        }
        Ok(input)
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        scale_and_shift(input.pixels().2).into()
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let norm = |groups, activation| GroupNorm { groups, epsilon: default_epsilon(), activation };
        vec![
            (Shape::image(4, 3, 6), norm(3, Activation::Silu)),
            (Shape::image(3, 3, 8), norm(8, Activation::Linear)),
            (Shape::image(2, 5, 20), norm(2, Activation::Tanh)),
            (Shape::Vector(18), norm(2, Activation::Gelu)),
        ]
    }
}
