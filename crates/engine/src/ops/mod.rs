//! The planned operations: each knows its buffers and tables, and runs forward and backward over one shard.
//!
//! What several layers are made of has its file here; what belongs to one layer stands with it in
//! [`layers`](crate::layers).

pub(crate) mod activation;
pub(crate) mod add;
pub(crate) mod buffers;
pub(crate) mod environment;
pub(crate) mod interpolation;
pub(crate) mod kernel_gradient;
pub(crate) mod linear;
pub(crate) mod linear_plan;
pub(crate) mod packed_sweep;
mod propagation;
pub(crate) mod reflect;
pub(crate) mod sample;
mod shard_gradient;
mod sparse;
pub(crate) mod sweeps;
pub(crate) mod view;
pub(crate) mod window;
pub(crate) mod winograd;
pub(crate) mod winograd_rows;

use std::ops::Range;

use crate::simd::Scalar;
use crate::workspace::{Resident, Shard};
use environment::{Environment, ParameterGradients};

/// One planned operation.
pub(crate) trait Op<T: Scalar>: Send + Sync {
    /// Values of this shard from the buffers before to the buffer behind.
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>);

    /// Gradients of this shard; those of parameters are left in `gradients`.
    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    );

    /// Itself, where it is a layer with a kernel: its gradient and its packed copies are phase two's.
    fn linear(&self) -> Option<&linear::Linear> {
        None
    }

    /// Its other tensors that learn.
    fn learned(&self) -> Vec<Learned> {
        Vec::new()
    }

    /// What it does between the segments of phase one, where it couples the images of a batch.
    fn barrier(&self) -> Option<&dyn Barrier<T>> {
        None
    }
}

/// A tensor whose gradient is summed shard by shard in the groups' buffers.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    /// Its place among the parameters.
    pub range: Range<usize>,
    /// The place of its gradient in a group's buffer.
    pub group: usize,
}

/// What an operation does between the segments of phase one: shards leave rows that are kept for the batch, and one
/// thread joins these, in the order of the images, for all shards to read.
pub(crate) trait Barrier<T: Scalar>: Send + Sync {
    /// What a shard leaves before [`Op::forward`].
    fn leave_forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>);

    /// Joins that.
    fn join_forward(&self, joining: Joining<'_, T>);

    /// What a shard leaves before [`Op::backward`].
    fn leave_backward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>);

    /// Joins that.
    fn join_backward(&self, joining: Joining<'_, T>);
}

/// What a barrier joins.
pub(crate) struct Joining<'a, T> {
    /// Images of the pass.
    pub images: usize,
    /// What shards left.
    pub resident: Resident<'a, T>,
    /// What all shards read.
    pub joint: &'a mut [T],
    /// The parameters, of which an operation may change its own state where the pass is of a training step.
    pub parameters: &'a mut [T],
    pub is_step: bool,
}
