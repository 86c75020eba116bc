//! `flatten`

use serde::{Deserialize, Serialize};

use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;

/// The values in order as a vector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

impl LayerRule for Flatten {
    const KIND: &'static str = "flatten";
    const KEYS: &'static [Key] = &[];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        Ok(Shape::Vector(input.len()))
    }

    fn last_activation(&self) -> Option<Activation> {
        None
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![(Shape::image(3, 2, 4), Flatten {})]
    }
}
