//! `activation`

use serde::{Deserialize, Serialize};

use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;

/// A function of each value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// Which.
    pub activation: Activation,
}

impl LayerRule for Activate {
    const KIND: &'static str = "activation";
    const KEYS: &'static [Key] = &[keys::ACTIVATION_ALONE];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        Ok(input)
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![
            (Shape::image(3, 2, 5), Activate { activation: Activation::Silu }),
            (Shape::Vector(19), Activate { activation: Activation::Tanh }),
        ]
    }
}
