//! The planned layers: each knows its buffers and tables, and runs forward and backward over one shard.

pub(crate) mod buffers;
pub(crate) mod environment;
pub(crate) mod gaussian;
pub(crate) mod kernel_gradient;
pub(crate) mod linear;
pub(crate) mod packed_sweep;
pub(crate) mod pool;
mod propagation;
pub(crate) mod reshape;
mod shard_gradient;
mod sparse;
pub(crate) mod sweeps;
pub(crate) mod upsample;
pub(crate) mod winograd;
pub(crate) mod winograd_rows;

use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::Shard;
use environment::{Environment, ParameterGradients};

/// One planned layer.
pub(crate) enum Op {
    Linear(Box<linear::Linear>),
    MaxPool(pool::MaxPool),
    UpSample(upsample::UpSample),
    Reshape(reshape::Reshape),
    Gaussian(Box<gaussian::Gaussian>),
}

impl Op {
    /// Values of this shard from the buffer before to the buffer behind.
    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        match self {
            Op::Linear(op) => op.forward(env, shard),
            Op::MaxPool(op) => op.forward(env, shard),
            Op::UpSample(op) => op.forward(env, shard),
            Op::Reshape(op) => op.forward(shard),
            Op::Gaussian(op) => op.forward(env, shard),
        }
        env.lap(Part::Forward);
    }

    /// Gradients of this shard; those of kernels and biases are left in `gradients`.
    pub fn backward<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        kl_weight: f64,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        match self {
            Op::Linear(op) => op.backward(env, shard, gradients),
            Op::MaxPool(op) => op.backward(env, shard),
            Op::UpSample(op) => op.backward(env, shard),
            Op::Reshape(op) => op.backward(shard),
            Op::Gaussian(op) => op.backward(env, shard, kl_weight, gradients),
        }
        env.lap(Part::InputGradient);
    }

    /// The layers with a kernel inside this operation: none, one, or a latent's two heads.
    pub fn linears(&self) -> impl Iterator<Item = &linear::Linear> {
        let (first, second) = match self {
            Op::Linear(op) => (Some(&**op), None),
            Op::Gaussian(op) => (Some(&op.mean), Some(&op.log_var)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }
}
