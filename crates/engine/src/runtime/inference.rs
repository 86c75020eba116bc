//! Passes without gradients: the terms of images, their codes, or what codes decode to.

use super::{ImageTerms, Runtime};
use crate::graph::environment::Environment;
use crate::kernels::activate::Activate;
use crate::layout::{Border, Layout};
use crate::shared::View;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};
use network::Activation;
use network::Loss;
use network::Shape;
use network::{Noise, Source};

/// A pass without gradients.
pub(crate) struct Inference<'a, T> {
    pub images: usize,
    pub source: Option<&'a dyn Source<T>>,
    pub entry: Entry<'a, T>,
    pub result: Destination<'a, T>,
}

/// Where an inference enters the network.
pub(crate) enum Entry<'a, T> {
    /// With the images of its source, and this noise at the code.
    Images(Noise<'a, T>),
    /// With codes, `[images, code]`.
    Codes(&'a [T]),
}

/// Where its result goes.
pub(crate) enum Destination<'a, T> {
    /// The terms of each image, with the full KL weight, to the runtime's own.
    Terms,
    /// Codes, and log variances where there are any.
    Codes { mean: View<'a, T>, log_var: Option<View<'a, T>> },
    /// The decoder's output as images.
    Images(View<'a, T>),
}

impl<T> Inference<'_, T> {
    /// Codes of an image that it decodes: as many as training draws where the terms of drawn codes are asked for, else one.
    pub fn samples(&self, drawn: usize) -> usize {
        match (&self.result, &self.entry) {
            (Destination::Terms, Entry::Images(noise)) if noise.is_drawn() => drawn,
            _ => 1,
        }
    }
}

impl<T: Scalar> Runtime<T> {
    /// One shard of images, whose terms are `terms`.
    pub(super) fn infer(
        &self,
        env: Environment<'_, T>,
        inference: &Inference<'_, T>,
        shard: &mut Shard<'_, T>,
        terms: &mut [ImageTerms],
    ) {
        let Inference { images, source, entry, result } = inference;
        let (code, all) = (self.plan.encoder_ops, self.plan.ops.len());
        if let Some(source) = source {
            self.load(*source, 0, shard);
        }
        let first = match entry {
            Entry::Images(noise) => {
                self.draw(*noise, 0, shard);
                0
            }
            Entry::Codes(codes) => {
                self.load_codes(codes, shard);
                code
            }
        };
        let end = if matches!(result, Destination::Codes { .. }) { code } else { all };
        let encoded = code.clamp(first, end);
        self.forward(env, first..encoded, shard);
        if matches!((result, entry), (Destination::Terms, Entry::Images(_))) {
            let measuring =
                self.plan.ops.iter().filter_map(|op| op.barrier()).filter(|barrier| barrier.measures());
            measuring.for_each(|barrier| barrier.leave_forward(env, shard));
        }
        self.forward(env, encoded..end, shard);
        match result {
            Destination::Terms => {
                let is_drawn = matches!(entry, Entry::Images(noise) if noise.is_drawn());
                self.loss(env, shard, self.weights(*images, 1.0, is_drawn), terms, None);
            }
            Destination::Codes { mean, log_var } => {
                self.unload(self.plan.mean, self.plan.shapes.code, shard, *mean);
                if let (Some(out), Some(buffer)) = (log_var, self.plan.log_var) {
                    self.unload(buffer, self.plan.shapes.code, shard, *out);
                }
            }
            Destination::Images(out) => self.unload_images(shard, *out),
        }
    }

    /// Copies this shard's codes from `codes`, `[images, code]`.
    fn load_codes(&self, codes: &[T], shard: &mut Shard<'_, T>) {
        let (layout, shape) = (shard.layout(self.plan.code), self.plan.shapes.code);
        let (first, images) = (shard.first * shape.len(), shard.images);
        let ([], [z]) = shard.borrow([], [self.plan.code]);
        Layout::new(shape, Border::default()).copy(&codes[first..], layout, z, images);
    }

    /// Copies a buffer of the shard, in `shape`'s order, to its images' places in `out`.
    fn unload(&self, id: BufferId, shape: Shape, shard: &mut Shard<'_, T>, out: View<'_, T>) {
        let (layout, plain) = (shard.layout(id), Layout::new(shape, Border::default()));
        let (n, first, images) = (shape.len(), shard.first, shard.images);
        let ([values], []) = shard.borrow([id], []);
        // SAFETY: shards share no images.
        #[allow(unsafe_code)]
        let out = unsafe { out.slice_mut(first * n..(first + images) * n) };
        layout.copy(values, plain, out, images);
    }

    /// The decoder's output as images.
    fn unload_images(&self, shard: &mut Shard<'_, T>, out: View<'_, T>) {
        self.unload(self.plan.output, self.network.input, shard, out);
        if self.network.objective.reconstruction.loss == Loss::Bce {
            let n = self.network.input.len();
            let (first, images) = (shard.first, shard.images);
            // SAFETY: shards share no images.
            #[allow(unsafe_code)]
            let values = unsafe { out.slice_mut(first * n..(first + images) * n) };
            T::dispatch(self.isa, Activate { activation: Activation::Sigmoid, values });
        }
    }
}
