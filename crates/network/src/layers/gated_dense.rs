//! `gated_dense`

use serde::{Deserialize, Serialize};

use super::error::{at_least_one, kernel, vector};
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};

/// y = act(x · W + b) ⊙ σ(x · V + c) (Dauphin et al. 2017); kernels `[in, units]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatedDense {
    /// Outputs, at least 1.
    pub units: usize,
    /// Function of the values, not of the gates.
    #[serde(default)]
    pub activation: Activation,
    /// How both kernels start (biases start at 0).
    #[serde(default, skip_serializing_if = "Initializer::is_default")]
    pub initializer: Initializer,
}

impl LayerRule for GatedDense {
    const KIND: &'static str = "gated_dense";
    const KEYS: &'static [Key] = &[keys::UNITS, keys::VALUE_ACTIVATION, keys::INITIALIZER];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        at_least_one("units", self.units)?;
        let n = vector(input, Self::KIND)?;
        kernel("units", self.units, &[n, self.units])?;
        Ok(Shape::Vector(self.units))
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let shape = [input.len(), self.units];
        let of = |name| kernel_and_bias(name, &shape, self.units, self.initializer);
        [of("value."), of("gate.")].concat()
    }

    fn examples() -> Vec<(Shape, Self)> {
        let gated = |units, activation| GatedDense { units, activation, initializer: Initializer::default() };
        vec![
            (Shape::Vector(9), gated(7, Activation::Linear)),
            (Shape::Vector(6), gated(18, Activation::Tanh)),
        ]
    }
}
