//! The tensors of a layer: names, shapes, first values, and who changes them.

use crate::initializer::Initializer;

/// A tensor of a layer, as the layer names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `kernel`, `bias`, `gamma`, `query.kernel`, …
    pub name: String,
    /// See [`ParameterView::shape`](crate::ParameterView::shape).
    pub shape: Vec<usize>,
    /// How it starts.
    pub start: Start,
    /// Who changes it.
    pub role: Role,
}

impl Tensor {
    /// A tensor that the optimizer changes.
    pub fn learned(name: String, shape: Vec<usize>, start: Start) -> Self {
        Self { name, shape, start, role: Role::Learned }
    }
}

/// How a tensor starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// With this number.
    Value(f64),
    /// With draws; inputs and outputs per value, kernel area included.
    Drawn {
        /// Their distribution.
        initializer: Initializer,
        /// Inputs that each output is a sum over.
        fan_in: usize,
        /// Outputs that each input goes into.
        fan_out: usize,
    },
}

/// Who changes a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The optimizer, by its gradient.
    Learned,
    /// The layer itself, while it trains; it is kept with the weights, and has no gradient.
    State,
}

/// Kernel and bias, their names behind `prefix`. As in Keras, the fans are those of the kernel's last two axes, times its
/// area.
pub(crate) fn kernel_and_bias(
    prefix: &str,
    shape: &[usize],
    bias: usize,
    initializer: Initializer,
) -> [Tensor; 2] {
    let (area, ends) = shape.split_at(shape.len() - 2);
    let area: usize = area.iter().product();
    let start = Start::Drawn { initializer, fan_in: area * ends[0], fan_out: area * ends[1] };
    [
        Tensor::learned(format!("{prefix}kernel"), shape.to_vec(), start),
        Tensor::learned(format!("{prefix}bias"), vec![bias], Start::Value(0.0)),
    ]
}

/// γ, which starts at 1, and β, which starts at 0, of a normalisation over `channels` channels.
pub(crate) fn scale_and_shift(channels: usize) -> [Tensor; 2] {
    let of = |name: &str, start| Tensor::learned(name.into(), vec![channels], Start::Value(start));
    [of("gamma", 1.0), of("beta", 0.0)]
}
