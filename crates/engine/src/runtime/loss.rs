//! The terms of the loss, image by image, and the gradients that they send back.

use super::{ImageTerms, Runtime};
use crate::kernels::gaussian::AbsoluteSum;
use crate::kernels::loss::{LossAndGradient, PixelLoss};
use crate::layout::{Border, Layout, Run};
use crate::ops::environment::{Environment, ParameterGradients};
use crate::ops::sample::SampleBuffers;
use crate::simd::Scalar;
use crate::workspace::Shard;
use network::{Loss, Terms};

/// What the terms of one image are multiplied with, and the images that they are averaged over.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    pub reconstruction: f64,
    /// Warm-up included.
    pub kl: f64,
    pub code_l1: f64,
    pub images: f64,
}

impl<T: Scalar> Runtime<T> {
    /// The weights of a pass over `images` images: recipe, reduction, warm-up.
    pub(super) fn weights(&self, images: usize, kl_factor: f64) -> Weights {
        let objective = self.network.objective;
        let (spec, kl) = (objective.reconstruction, objective.kl);
        Weights {
            reconstruction: f64::from(spec.weight) * spec.reduction.factor(self.network.input.len()),
            kl: f64::from(kl.weight) * kl.reduction.factor(self.plan.shapes.code.len()) * kl_factor,
            code_l1: f64::from(objective.code_l1),
            images: images as f64,
        }
    }

    /// The terms of each image of the shard, and, where gradients are asked for, those of the total with respect to the
    /// output and ln σ.
    pub(super) fn loss(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
        gradients: Option<&mut ParameterGradients<'_, T>>,
    ) {
        let spec = self.network.objective.reconstruction;
        let n = self.network.input.len();
        let rows = shard.rows(self.plan.output);
        let samples = rows / shard.images;
        let scale = weights.reconstruction / (weights.images * samples as f64);
        let log_sigma = match self.plan.log_sigma {
            Some(log_sigma) => env.parameters[log_sigma.parameter].to_f64(),
            None => f64::from(spec.sigma_or_default().initial()).ln(),
        };
        let precision = (-2.0 * log_sigma).exp();
        let loss = match spec.loss {
            Loss::Bce => PixelLoss::Bce,
            Loss::SquaredError => PixelLoss::SquaredError,
            Loss::Gaussian => PixelLoss::Gaussian { precision: T::from_f64(precision) },
        };
        let (output, d_output) = (shard.layout(self.plan.output), shard.layout(self.plan.d_output));
        let plain = Layout::new(self.network.input, Border::default());
        terms.fill(ImageTerms::default());
        let ([values, target], [d_values]) =
            shard.borrow([self.plan.output, self.plan.target], [self.plan.d_output]);
        // The output has no border: nothing reads it but the loss.
        debug_assert!(output.is_contiguous());
        for Run { from, to, len } in plain.runs(d_output, rows) {
            let image = from / n / samples;
            let target = &target[image * n + from % n..][..len];
            let kernel = LossAndGradient {
                loss,
                output: &values[from..from + len],
                target,
                gradient: gradients.is_some().then_some(&mut d_values[to..to + len]),
                scale: T::from_f64(scale),
            };
            terms[image].reconstruction += T::dispatch(self.isa, kernel);
        }
        terms.iter_mut().for_each(|term| term.reconstruction /= samples as f64);
        if let Some((log_sigma, gradients)) = self.plan.log_sigma.zip(gradients) {
            let (at, is_new) = (log_sigma.group, gradients.is_new);
            for (part, group) in gradients.parts(shard.images_of(self.plan.target)) {
                if is_new {
                    group[at] = T::ZERO;
                }
                for term in &terms[part] {
                    let slope = n as f64 - 2.0 * term.reconstruction;
                    group[at] += T::from_f64(slope * weights.reconstruction / weights.images);
                }
            }
        }
        for term in &mut *terms {
            if spec.loss == Loss::Gaussian {
                term.reconstruction += n as f64 * (log_sigma + 0.5 * std::f64::consts::TAU.ln());
            }
            term.reconstruction *= weights.reconstruction;
        }
        if let Some(SampleBuffers { divergence, .. }) = self.plan.sample {
            let ([divergence], []) = shard.borrow([divergence], []);
            for (term, kl) in terms.iter_mut().zip(divergence.chunks_exact(2)) {
                (term.kl, term.kl_nats) = (weights.kl * kl[0].to_f64(), kl[1].to_f64());
            }
        }
        self.code_penalty(shard, weights, terms);
    }

    /// Σ|z| of the code, weighted, per image.
    fn code_penalty(&self, shard: &mut Shard<'_, T>, weights: Weights, terms: &mut [ImageTerms]) {
        if weights.code_l1 == 0.0 {
            return;
        }
        let (code, d_code) = (shard.layout(self.plan.code), shard.layout(self.plan.d_code));
        let rows = shard.rows(self.plan.code);
        let ([values], []) = shard.borrow([self.plan.code], []);
        for Run { from, len, .. } in code.runs(d_code, rows) {
            let kernel = AbsoluteSum { code: &values[from..from + len], gradient: None, weight: T::ZERO };
            terms[from / code.stride()].code_l1 += weights.code_l1 * T::dispatch(self.isa, kernel);
        }
    }

    /// Adds the penalty's gradient to the code's.
    pub(super) fn code_penalty_gradient(&self, shard: &mut Shard<'_, T>, weights: Weights) {
        if weights.code_l1 == 0.0 {
            return;
        }
        let (code, d_code) = (shard.layout(self.plan.code), shard.layout(self.plan.d_code));
        let rows = shard.rows(self.plan.code);
        let ([values], [d_values]) = shard.borrow([self.plan.code], [self.plan.d_code]);
        for Run { from, to, len } in code.runs(d_code, rows) {
            let kernel = AbsoluteSum {
                code: &values[from..from + len],
                gradient: Some(&mut d_values[to..to + len]),
                weight: T::from_f64(weights.code_l1 / weights.images),
            };
            T::dispatch(self.isa, kernel);
        }
    }
}

impl ImageTerms {
    /// The terms averaged over some images, summed in their order.
    pub fn mean(images: &[ImageTerms]) -> Terms {
        let mut sums = ImageTerms::default();
        for terms in images {
            sums.reconstruction += terms.reconstruction;
            sums.kl += terms.kl;
            sums.kl_nats += terms.kl_nats;
            sums.code_l1 += terms.code_l1;
        }
        let mean = |sum: f64| sum / images.len().max(1) as f64;
        let (reconstruction, kl, code_l1) = (mean(sums.reconstruction), mean(sums.kl), mean(sums.code_l1));
        let total = reconstruction + kl + code_l1;
        Terms { total, reconstruction, kl, kl_nats: mean(sums.kl_nats), code_l1, images: images.len() }
    }
}
