//! `dense`

use serde::{Deserialize, Serialize};

use super::error::{at_least_one, kernel, vector};
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};

/// y = act(x · W + b); kernel `[in, units]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Outputs, at least 1.
    pub units: usize,
    /// Function after the product.
    #[serde(default)]
    pub activation: Activation,
    /// How the kernel starts (biases start at 0).
    #[serde(default, skip_serializing_if = "Initializer::is_default")]
    pub initializer: Initializer,
}

impl LayerRule for Dense {
    const KIND: &'static str = "dense";
    const KEYS: &'static [Key] = &[keys::UNITS, keys::PRODUCT_ACTIVATION, keys::INITIALIZER];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        at_least_one("units", self.units)?;
        let n = vector(input, Self::KIND)?;
        kernel("units", self.units, &[n, self.units])?;
        Ok(Shape::Vector(self.units))
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        kernel_and_bias("", &[input.len(), self.units], self.units, self.initializer).into()
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let dense = |units, activation, initializer| Dense { units, activation, initializer };
        vec![
            (Shape::Vector(7), dense(5, Activation::Elu { alpha: 1.0 }, Initializer::GlorotUniform)),
            (Shape::Vector(20), dense(17, Activation::Linear, Initializer::HeNormal)),
        ]
    }
}
