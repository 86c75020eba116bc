//! What a planned operation does, and what the phases of a step ask of it.

use std::ops::Range;

use super::environment::{Environment, ParameterGradients};
use crate::shared::{Reader, Writer};
use crate::simd::{Isa, Scalar};
use crate::workspace::{Resident, Scratch, Shard};

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

    /// Itself, where it is a layer with a kernel.
    fn kernel(&self) -> Option<&dyn KernelOp<T>> {
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

/// An operation with a kernel, whose gradient and packed copies are phase two's.
pub(crate) trait KernelOp<T: Scalar> {
    /// The kernel among the parameters, as a matrix.
    fn matrix(&self) -> Matrix;

    /// Rows that are finished together: all where square tiles read the kernel, those of a row of taps where tiles along
    /// rows do, else as many as one likes.
    fn rows_together(&self) -> Option<usize>;

    /// Where its gradient is summed.
    fn sum(&self) -> KernelSum;

    /// Values that [`over_batch`](Self::over_batch) of `rows` rows needs for itself.
    fn batch_scratch(&self, rows: usize) -> usize;

    /// The gradient of some rows, summed over the batch.
    fn over_batch(&self, batch: BatchGradient<'_, T>, scratch: Scratch<'_, T>);

    /// Copies kernel rows `rows`, whose values are given, to the packed matrices that products read.
    fn pack(&self, isa: Isa, packed: &mut Writer<'_, T>, rows: Range<usize>, values: &[T]);

    /// Multiplications of one pass over one image.
    fn products(&self) -> usize;

    /// Whether it passes a gradient on.
    fn passes_on(&self) -> bool;
}

/// A kernel among the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix {
    /// Its place.
    pub first: usize,
    pub rows: usize,
    pub columns: usize,
}

/// Where the gradient is summed.
#[derive(Clone, Copy)]
pub(crate) enum KernelSum {
    /// Shard by shard, from this place of a group's buffer on.
    Group(usize),
    /// At once over the batch.
    Batch,
    /// At once over the batch, whose pixels of the small side are the `depth` rows of a packed matrix.
    PackedBatch { matrix: usize, depth: usize },
}

/// Some rows of the gradient, summed over a batch.
pub(crate) struct BatchGradient<'a, T> {
    pub isa: Isa,
    pub images: usize,
    /// What phase one left of the two sides, and their packed pixels.
    pub resident: Resident<'a, T>,
    pub pixels: Reader<'a, T>,
    pub rows: Range<usize>,
    /// Those rows.
    pub gradient: &'a mut [T],
    /// As many values from each of these addresses on are fetched meanwhile.
    pub prefetch: &'a mut [*const T],
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
    /// Whether passes without gradients join it, too, behind their last shard: it measures, and changes no value.
    fn measures(&self) -> bool {
        false
    }

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
    /// Images of the pass, and samples of each.
    pub images: usize,
    pub samples: usize,
    /// What shards left.
    pub resident: Resident<'a, T>,
    /// What all shards read.
    pub joint: &'a mut [T],
    /// The parameters, of which an operation may change its own state where the pass is of a training step.
    pub parameters: &'a mut [T],
    pub is_step: bool,
}
