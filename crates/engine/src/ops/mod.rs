//! The planned layers: each knows its buffers and tables, and runs forward and backward over one shard.

pub(crate) mod gaussian;
pub(crate) mod kernel_gradient;
pub(crate) mod linear;
pub(crate) mod pool;
pub(crate) mod reshape;
mod sparse;
pub(crate) mod upsample;
pub(crate) mod winograd;
pub(crate) mod winograd_rows;

use std::ops::Range;

use crate::plan::cut::Cut;
use crate::profile::{Clock, Part, lap};
use crate::shared::Shared;
use crate::simd::{Isa, Real};
use crate::workspace::Shard;

/// Blocks of nearly equal size, of at most `block`.
fn blocks(count: usize, block: usize) -> impl Iterator<Item = Range<usize>> {
    let size = count.div_ceil(count.div_ceil(block).max(1)).max(1);
    (0..count).step_by(size).map(move |first| first..(first + size).min(count))
}

/// What every operation may read during a phase.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a, T> {
    pub isa: Isa,
    pub parameters: &'a [T],
    /// Kernels, and pixels, in the panels that products read.
    pub packed: &'a [Shared<T>],
    /// Runs where a step is profiled.
    pub clock: Option<&'a Clock>,
}

impl<T> Environment<'_, T> {
    /// The next laps belong to this layer.
    pub fn enter(&self, layer: usize) {
        if let Some(clock) = self.clock {
            clock.enter(layer);
        }
    }

    /// Books the time since the last lap on a part of the current layer.
    pub fn lap(&self, part: Part) {
        lap(self.clock, part);
    }
}

/// Gradients of kernels and biases that are added up in groups of images.
pub(crate) struct GroupGradients<'a, T> {
    /// One buffer after the other, for each of the groups that the shard's images belong to.
    pub values: &'a mut [T],
    /// Values of a buffer.
    pub len: usize,
    pub cut: Cut,
    /// A group's first shard finds what an earlier step left, and writes over all of it that is ever not 0.
    pub is_new: bool,
}

impl<T> GroupGradients<'_, T> {
    /// The groups of the shard of images `first .. first + count`: which of them, and their buffer.
    pub fn parts(&mut self, first: usize, count: usize) -> impl Iterator<Item = (Range<usize>, &mut [T])> {
        self.cut.parts(first, count).zip(self.values.chunks_mut(self.len))
    }
}

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
    pub fn forward<T: Real>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        match self {
            Op::Linear(op) => op.forward(env, shard),
            Op::MaxPool(op) => op.forward(env, shard),
            Op::UpSample(op) => op.forward(env, shard),
            Op::Reshape(op) => op.forward(shard),
            Op::Gaussian(op) => op.forward(env, shard),
        }
        env.lap(Part::Forward);
    }

    /// Gradients of this shard; those of kernels and biases are added to the group's.
    pub fn backward<T: Real>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        kl_weight: f64,
        group: &mut GroupGradients<'_, T>,
    ) {
        match self {
            Op::Linear(op) => op.backward(env, shard, group),
            Op::MaxPool(op) => op.backward(env, shard),
            Op::UpSample(op) => op.backward(env, shard),
            Op::Reshape(op) => op.backward(shard),
            Op::Gaussian(op) => op.backward(env, shard, kl_weight, group),
        }
        env.lap(Part::InputGradient);
    }

    /// The products with a kernel inside this operation: none, one, or a latent's two heads.
    pub fn linears(&self) -> impl Iterator<Item = &linear::Linear> {
        let (first, second) = match self {
            Op::Linear(op) => (Some(&**op), None),
            Op::Gaussian(op) => (Some(&op.mean), Some(&op.log_var)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }
}
