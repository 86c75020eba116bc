//! Layers as a recipe writes them: what each is called, which shape it gives, which tensors it has. Semantics are
//! Keras'.
//!
//! A layer has a file here and a line in [`layers!`](crate::layers); whoever computes with layers has a file for each,
//! too, and goes through the same list.

mod activate;
mod attention;
mod batch_norm;
mod branches;
mod conv2d;
mod conv2d_transpose;
mod convolution;
mod dense;
mod dropout;
mod error;
mod flatten;
mod gated_dense;
mod group_norm;
mod keys;
mod layer_norm;
mod pool;
mod registry;
mod reshape;
mod residual;
mod upsample;

pub use activate::Activate;
pub use attention::SelfAttention;
pub use batch_norm::BatchNorm;
pub use branches::{Branches, Merge};
pub use conv2d::{Conv2d, ConvPadding};
pub use conv2d_transpose::Conv2dTranspose;
pub use dense::Dense;
pub use dropout::Dropout;
pub use error::LayerError;
pub use flatten::Flatten;
pub use gated_dense::GatedDense;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use pool::{AveragePool, GlobalAveragePool, MaxPool};
pub use registry::{Layer, chain};
pub use reshape::Reshape;
pub use residual::{Residual, Shortcut};
pub use upsample::{Interpolation, UpSample};

use crate::activation::Activation;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The largest number of values in one sample's activation, and in one kernel.
pub const MAX_VALUES: usize = 1 << 28;

/// What a layer says of itself.
pub trait LayerRule: Sized {
    /// Its name in recipes.
    const KIND: &'static str;

    /// What a recipe writes of it, besides its name.
    const KEYS: &'static [Key];

    /// The shape that it gives for `input`, after checking every number in it.
    ///
    /// # Errors
    /// When a number is out of range or the shapes do not fit.
    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError>;

    /// Its own tensors in their order, for an input that [`output_shape`](Self::output_shape) takes.
    fn tensors(&self, _input: Shape) -> Vec<Tensor> {
        Vec::new()
    }

    /// The layers inside it, whose tensors come before its own.
    fn chains(&self) -> Vec<Chain<'_>> {
        Vec::new()
    }

    /// The function that its values went through last; `None` where it passes on what it is given.
    fn last_activation(&self) -> Option<Activation> {
        Some(Activation::Linear)
    }

    /// Layers of this kind that between them write every key, each with a shape that it takes: what the tests of
    /// whoever computes with layers go through.
    fn examples() -> Vec<(Shape, Self)>;
}

/// Layers inside a layer, one after the other from its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain<'a> {
    /// The part of their names: `layers`, `branches.0`.
    pub name: String,
    /// The layers, first to last.
    pub layers: &'a [Layer],
}
