//! Phase one of a step: images forward and backward, shard by shard, each on one thread through the whole network.

use std::ops::Range;

use super::loss::Weights;
use super::{Runtime, Worker};
use crate::graph::environment::{Environment, ParameterGradients, Training};
use crate::graph::op::{Barrier, Joining};
use crate::plan::segments::Segment;
use crate::profile::Part;
use crate::shared::Writer;
use crate::simd::Scalar;
use crate::workspace::{Place, Shard};
use network::Term;
use network::{Draw, Noise, Source};

/// One forward and backward pass over the images of a step, or some of them.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a, T> {
    pub source: &'a dyn Source<T>,
    /// Place of its first image in the step.
    pub first: usize,
    pub images: usize,
    /// Images of the step, over all of which the gradient is averaged.
    pub step_images: usize,
    pub noise: Noise<'a, T>,
    pub draw: Draw,
    pub kl_factor: f64,
}

impl<T: Scalar> Runtime<T> {
    /// One span of images through one segment of the pass.
    ///
    /// # Safety
    /// As [`Runtime::work`], in a phase whose items are the spans.
    #[allow(unsafe_code)]
    pub(super) unsafe fn train(&self, pass: Pass<'_, T>, segment: &Segment, span: usize, worker: Worker<'_>) {
        let (group_len, cut) = (self.plan.group_len, self.plan.cut);
        let weights = self.weights(pass.step_images, pass.kl_factor, pass.noise.is_drawn());
        let kl_weight = weights[Term::Kl] / weights.images;
        let importance = weights.is_importance.then(|| 1.0 / weights.images);
        let training = Training { draw: pass.draw, first: pass.first, kl_weight, importance };
        // SAFETY: this phase writes no parameters, packs no kernels and joins nothing.
        let env = unsafe { self.environment(Some(training), worker.clock) };
        for (number, (first, count)) in cut.shards(span, pass.images).enumerate() {
            let groups = cut.groups_of(first, count);
            let part = match self.plan.segments.len() {
                1 => worker.thread,
                _ => span * cut.shards_of_span() + number,
            };
            let place = Place { thread: worker.thread, part };
            // SAFETY: an image is in one span, which is one item, and so is a group; a thread works on one shard at a time,
            // and shards have parts of their own where they outlive that.
            let (groups, pixels, terms, shard) = unsafe {
                (
                    self.groups.slice_mut(groups.start * group_len..groups.end * group_len),
                    Writer::new(&self.pixels),
                    self.terms.slice_mut(first..first + count),
                    &mut self.workspace.shard(place, first, count, self.plan.samples),
                )
            };
            let gradients =
                &mut ParameterGradients { groups, group_len, cut, is_new: cut.begins(first), pixels };
            if segment.is_first {
                self.load(pass.source, pass.first, shard);
                self.draw(pass.noise, pass.first, shard);
                env.lap(Part::Input);
            }
            self.forward(env, segment.forward.clone(), shard);
            if let Some(op) = segment.joins_forward {
                self.leave(env, op, Part::Forward, |barrier| barrier.leave_forward(env, shard));
            }
            if segment.loss {
                self.loss(env, shard, weights, terms, Some(gradients));
                env.lap(Part::Loss);
            }
            self.backward(env, segment.backward.clone(), shard, weights, gradients);
            if let Some(op) = segment.joins_backward {
                self.leave(env, op, Part::ActivationGradient, |barrier| barrier.leave_backward(env, shard));
            }
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        ops: Range<usize>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        for i in ops.rev() {
            if i + 1 == self.plan.encoder_ops {
                self.code_penalty_gradients(shard, weights);
            }
            env.enter(i);
            self.plan.ops[i].backward(env, shard, gradients);
            env.lap(Part::InputGradient);
        }
        env.enter(self.plan.ops.len());
    }

    /// What a shard leaves at a barrier.
    fn leave(&self, env: Environment<'_, T>, op: usize, part: Part, with: impl FnOnce(&dyn Barrier<T>)) {
        env.enter(op);
        with(self.barrier(op));
        env.lap(part);
        env.enter(self.plan.ops.len());
    }

    pub(super) fn barrier(&self, op: usize) -> &dyn Barrier<T> {
        self.plan.ops[op].barrier().expect("segments end at barriers")
    }

    /// Joins what the shards of a segment left at its barriers; `is_step` where layers may change their state.
    pub fn join(&mut self, segment: &Segment, images: usize, is_step: bool) {
        let ends = [(segment.joins_forward, true), (segment.joins_backward, false)];
        for (op, is_forward) in ends {
            if let Some(op) = op {
                self.join_at(op, is_forward, images, self.plan.samples, is_step);
            }
        }
    }

    /// Joins what the shards of a pass left at one barrier.
    pub(super) fn join_at(
        &mut self,
        op: usize,
        is_forward: bool,
        images: usize,
        samples: usize,
        is_step: bool,
    ) {
        // SAFETY: `&mut self`: no shard is in work.
        #[allow(unsafe_code)]
        let (resident, joint, parameters) = unsafe {
            let (joint, parameters) = (&self.joint, &self.parameters);
            (
                self.workspace.resident(),
                joint.slice_mut(0..joint.len()),
                parameters.slice_mut(0..parameters.len()),
            )
        };
        let joining = Joining { images, samples, resident, joint, parameters, is_step };
        match is_forward {
            true => self.barrier(op).join_forward(joining),
            false => self.barrier(op).join_backward(joining),
        }
    }
}
