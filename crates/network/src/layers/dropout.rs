//! `dropout`

use serde::{Deserialize, Serialize};

use super::error::part;
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;

/// Dropout (Srivastava et al. 2014): while training, each value is 0 with probability `rate`, and the others are divided
/// by 1 − rate. Which ones is a function of the seed, the step and the image's place in the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// Part of the values that a step leaves out, from 0 and below 1.
    pub rate: f32,
}

impl LayerRule for Dropout {
    const KIND: &'static str = "dropout";
    const KEYS: &'static [Key] = &[keys::RATE];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        part("rate", self.rate)?;
        Ok(input)
    }

    fn last_activation(&self) -> Option<Activation> {
        None
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![(Shape::image(3, 4, 5), Dropout { rate: 0.25 }), (Shape::Vector(35), Dropout { rate: 0.5 })]
    }
}
