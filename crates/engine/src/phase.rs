//! What the threads of an executor do between two synchronisations, item by item.
//!
//! All of it goes through [`Real::work`], which this crate compiles for each scalar type: kernels are compiled here
//! once, not again in every crate that uses them.

use crate::batch::{Noise, Source};
use crate::core::Core;
use crate::objective::Terms;
use crate::ops::Op;
use crate::optimizer::{OptimizerState, StepRate};
use crate::profile::Clock;
use crate::shared::View;
use crate::simd::Real;
use crate::threads::Pool;
use crate::workspace::Shard;

/// Work that is cut into items.
pub(crate) enum Phase<'a, T: Real> {
    /// Spans of images, forward and backward.
    Train(Pass<'a, T>),
    /// Shards of images, without gradients.
    Infer(Inference<'a, T>),
    /// Ranges of parameters: the gradient of a pass over `images` images, and the update.
    Finish { images: usize, optimizer: &'a OptimizerState<T>, rate: StepRate },
    /// Ranges of parameters: the gradient alone.
    Gradient { images: usize },
    /// Ranges of parameters: the update alone, from the gradient times `scale`.
    Update { optimizer: &'a OptimizerState<T>, rate: StepRate, scale: T },
    /// Ranges of parameters: their kernels, brought into the order in which products read them.
    Pack,
}

/// One forward and backward pass over a batch.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a, T> {
    pub source: &'a dyn Source<T>,
    pub images: usize,
    pub noise: Noise<'a, T>,
    pub kl_factor: f64,
}

/// A pass without gradients.
pub(crate) struct Inference<'a, T> {
    pub images: usize,
    pub source: Option<&'a dyn Source<T>>,
    pub begin: Begin<'a, T>,
    pub wanted: Wanted<'a, T>,
}

/// Where an inference begins.
pub(crate) enum Begin<'a, T> {
    /// With the images of its source, and this noise at the code.
    Images(Noise<'a, T>),
    /// With codes, `[images, code]`.
    Codes(&'a [T]),
}

/// What an inference gives.
pub(crate) enum Wanted<'a, T> {
    /// The terms of each image, with the full KL weight.
    Terms,
    /// Codes, and log variances where there are any.
    Codes { mean: View<'a, T>, log_var: Option<View<'a, T>> },
    /// The decoder's output as images.
    Images(View<'a, T>),
}

impl<T: Real> Core<T> {
    /// Phase one of a step.
    pub fn forward_backward(&self, pool: &mut Pool, pass: Pass<'_, T>) -> Terms {
        self.run(pool, &Phase::Train(pass));
        self.sum_terms(pass.images)
    }

    /// Runs all items of a phase on the pool's threads.
    ///
    /// # Panics
    /// If it has more images than were planned for, or trains on none.
    pub fn run(&self, pool: &mut Pool, phase: &Phase<'_, T>) {
        pool.run(self.items(phase), &|thread, item| T::work(self, phase, thread, item, None));
    }

    /// How many items a phase has.
    ///
    /// # Panics
    /// As [`Core::run`].
    pub fn items(&self, phase: &Phase<'_, T>) -> usize {
        let cut = self.plan.cut;
        match phase {
            Phase::Train(Pass { images, .. }) => {
                self.check(*images);
                assert!(*images > 0, "a step needs at least one image");
                cut.spans(*images)
            }
            Phase::Infer(Inference { images, .. }) => {
                self.check(*images);
                images.div_ceil(cut.shard)
            }
            _ => self.plan.updates.len(),
        }
    }

    /// Does one item on thread `thread`. Each item of a phase is to be done once.
    pub fn work(&self, phase: &Phase<'_, T>, thread: usize, item: usize, clock: Option<&Clock>) {
        let updates = &self.plan.updates;
        match phase {
            Phase::Train(pass) => self.span(*pass, thread, item, clock),
            Phase::Infer(inference) => {
                let size = self.plan.cut.shard;
                let (first, images) = (item * size, inference.images);
                // SAFETY: a thread works on one shard at a time, and shards share no images.
                #[allow(unsafe_code)]
                let shard = &mut unsafe { self.workspace.shard(thread, first, size.min(images - first)) };
                self.infer(inference, shard);
            }
            Phase::Finish { images, optimizer, rate } => {
                self.finish(&updates[item], *images, thread, optimizer, *rate, clock);
            }
            Phase::Gradient { images } => self.complete_gradient(&updates[item], *images, thread),
            Phase::Update { optimizer, rate, scale } => {
                self.update(&updates[item], optimizer, *rate, *scale);
            }
            Phase::Pack => {
                // SAFETY: nothing writes parameters in this phase.
                #[allow(unsafe_code)]
                let values = unsafe { self.parameters.slice(updates[item].range.clone()) };
                self.pack(&updates[item], values);
            }
        }
    }

    fn infer(&self, inference: &Inference<'_, T>, shard: &mut Shard<'_, T>) {
        let Inference { images, source, begin, wanted } = inference;
        let (code, all) = (self.plan.encoder_ops, self.plan.ops.len());
        if let Some(source) = source {
            self.load(*source, shard);
        }
        let first = match begin {
            Begin::Images(noise) => {
                self.draw(*noise, shard);
                0
            }
            Begin::Codes(codes) => {
                self.put_codes(codes, shard);
                code
            }
        };
        let end = if matches!(wanted, Wanted::Codes { .. }) { code } else { all };
        self.forward(self.environment(None), first..end, shard);
        match wanted {
            Wanted::Terms => self.loss(shard, *images, 1.0, None),
            Wanted::Codes { mean, log_var } => {
                self.unload(self.plan.code, self.plan.shapes.code, shard, *mean);
                if let (Some(out), Some(Op::Gaussian(gaussian))) = (log_var, self.latent_op()) {
                    self.unload(gaussian.log_var.y, self.plan.shapes.code, shard, *out);
                }
            }
            Wanted::Images(out) => self.unload_images(shard, *out),
        }
    }
}
