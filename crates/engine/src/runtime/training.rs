//! Phase one of a step: images forward and backward, shard by shard, each on one thread through the whole network.

use super::loss::Weights;
use super::{Runtime, Worker};
use crate::batch::{Noise, Source};
use crate::ops::environment::{Environment, ParameterGradients};
use crate::profile::Part;
use crate::shared::Writer;
use crate::simd::Scalar;
use crate::workspace::Shard;

/// One forward and backward pass over a batch.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a, T> {
    pub source: &'a dyn Source<T>,
    pub images: usize,
    pub noise: Noise<'a, T>,
    pub kl_factor: f64,
}

impl<T: Scalar> Runtime<T> {
    /// One span of images, forward and backward.
    ///
    /// # Safety
    /// As [`Runtime::work`], in a phase whose items are the spans.
    #[allow(unsafe_code)]
    pub(super) unsafe fn train(&self, pass: Pass<'_, T>, span: usize, worker: Worker<'_>) {
        let (group_len, cut) = (self.plan.group_len, self.plan.cut);
        let weights = self.weights(pass.images, pass.kl_factor);
        // SAFETY: this phase writes no parameters and packs no kernels.
        let env = unsafe { self.environment(worker.clock) };
        for (first, count) in cut.shards(span, pass.images) {
            let groups = cut.groups_of(first, count);
            // SAFETY: an image is in one span, which is one item, and so is a group; a thread works on one shard at a time.
            let (groups, pixels, terms, shard) = unsafe {
                (
                    self.groups.slice_mut(groups.start * group_len..groups.end * group_len),
                    Writer::new(&self.pixels),
                    self.terms.slice_mut(first..first + count),
                    &mut self.workspace.shard(worker.thread, first, count),
                )
            };
            let gradients =
                &mut ParameterGradients { groups, group_len, cut, is_new: cut.begins(first), pixels };
            self.load(pass.source, shard);
            self.draw(pass.noise, shard);
            env.lap(Part::Input);
            self.forward(env, 0..self.plan.ops.len(), shard);
            self.loss(env, shard, weights, terms, Some(gradients));
            env.lap(Part::Loss);
            self.backward(env, shard, weights, gradients);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        let kl_weight = weights.kl / weights.images;
        for i in (0..self.plan.ops.len()).rev() {
            if i + 1 == self.plan.encoder_ops {
                self.code_penalty_gradient(shard, weights);
            }
            env.enter(i);
            self.plan.ops[i].backward(env, shard, kl_weight, gradients);
        }
        env.enter(self.plan.ops.len());
    }
}
