//! The terms of the loss, image by image, and the gradients that they send back.

use crate::core::Core;
use crate::kernels::gaussian::AbsoluteSum;
use crate::kernels::loss::{LossAndGradient, PixelLoss};
use crate::layout::{Border, Layout};
use crate::objective::{LOG_SIGMA, Loss, Terms};
use crate::ops::{GroupGradients, Op};
use crate::simd::Real;
use crate::workspace::Shard;

impl<T: Real> Core<T> {
    /// Weight of the KL term of one image: recipe, reduction, warm-up.
    pub fn kl_weight(&self, kl_factor: f64) -> f64 {
        let kl = self.network.objective.kl;
        f64::from(kl.weight) * kl.reduction.factor(self.plan.shapes.code.len()) * kl_factor
    }

    /// The terms of each image of the shard, and the gradient of the total with respect to the output.
    pub fn loss(
        &self,
        shard: &mut Shard<'_, T>,
        images: usize,
        kl_factor: f64,
        group: Option<&mut GroupGradients<'_, T>>,
    ) {
        let spec = self.network.objective.reconstruction;
        let n = self.network.input.len();
        let (count, first) = (shard.images, shard.first);
        let weight = f64::from(spec.weight) * spec.reduction.factor(n);
        let log_sigma = match self.plan.views.last() {
            Some(view) if view.name == LOG_SIGMA => self.parameters.get()[view.range.start].to_f64(),
            _ => f64::from(spec.sigma_or_default().initial()).ln(),
        };
        let precision = (-2.0 * log_sigma).exp();
        let loss = match spec.loss {
            Loss::Bce => PixelLoss::Bce,
            Loss::SquaredError => PixelLoss::SquaredError,
            Loss::Gaussian => PixelLoss::Gaussian { precision: T::from_f64(precision) },
        };
        let (output, d_output) = (shard.layout(self.plan.output), shard.layout(self.plan.d_output));
        let plain = Layout::new(self.network.input, Border::default());
        // SAFETY: shards share no images.
        #[allow(unsafe_code)]
        let terms = unsafe { self.terms.slice_mut(first..first + count) };
        terms.fill([0.0; 4]);
        let ([values, target], [d_values]) =
            shard.borrow([self.plan.output, self.plan.target], [self.plan.d_output]);
        // The output has no border: nothing reads it but the loss.
        debug_assert!(output.is_contiguous());
        for (at, to, len) in plain.runs(d_output, count) {
            let kernel = LossAndGradient {
                loss,
                output: &values[at..at + len],
                target: &target[at..at + len],
                gradient: group.is_some().then_some(&mut d_values[to..to + len]),
                scale: T::from_f64(weight / images as f64),
            };
            terms[at / n][0] += T::dispatch(self.isa, kernel);
        }
        if let Some((at, group)) = self.plan.group_log_sigma.zip(group) {
            let is_new = group.is_new;
            for (part, group) in group.parts(first, count) {
                if is_new {
                    group[at] = T::ZERO;
                }
                for [error, ..] in &terms[part] {
                    group[at] += T::from_f64((n as f64 - 2.0 * error) * weight / images as f64);
                }
            }
        }
        for term in &mut *terms {
            if spec.loss == Loss::Gaussian {
                term[0] += n as f64 * (log_sigma + 0.5 * std::f64::consts::TAU.ln());
            }
            term[0] *= weight;
        }
        if let Some(Op::Gaussian(gaussian)) = self.latent_op() {
            let weight = self.kl_weight(kl_factor);
            let ([divergence], []) = shard.borrow([gaussian.divergence], []);
            for (term, kl) in terms.iter_mut().zip(divergence.chunks_exact(2)) {
                (term[1], term[2]) = (weight * kl[0].to_f64(), kl[1].to_f64());
            }
        }
        self.code_penalty(shard, images, false);
    }

    /// Σ|z| of the code, weighted, per image; where `gradient` is asked for it is added to the code's.
    pub fn code_penalty(&self, shard: &mut Shard<'_, T>, images: usize, gradient: bool) {
        let weight = f64::from(self.network.objective.code_l1);
        if weight == 0.0 {
            return;
        }
        let (code, d_code) = (shard.layout(self.plan.code), shard.layout(self.plan.d_code));
        let (first, count) = (shard.first, shard.images);
        // SAFETY: shards share no images.
        #[allow(unsafe_code)]
        let terms = unsafe { self.terms.slice_mut(first..first + count) };
        let ([values], [d_values]) = shard.borrow([self.plan.code], [self.plan.d_code]);
        for (at, to, len) in code.runs(d_code, count) {
            let kernel = AbsoluteSum {
                code: &values[at..at + len],
                gradient: gradient.then_some(&mut d_values[to..to + len]),
                weight: T::from_f64(weight / images as f64),
            };
            let sum = T::dispatch(self.isa, kernel);
            if !gradient {
                terms[at / code.stride()][3] += weight * sum;
            }
        }
    }

    /// The terms averaged over the batch, summed in the images' order.
    pub fn sum_terms(&self, images: usize) -> Terms {
        let mut sums = [0.0; 4];
        for term in &self.terms.get()[..images] {
            for (sum, value) in sums.iter_mut().zip(term) {
                *sum += value;
            }
        }
        let [reconstruction, kl, kl_nats, code_l1] = sums.map(|sum| sum / images.max(1) as f64);
        Terms { total: reconstruction + kl + code_l1, reconstruction, kl, kl_nats, code_l1, images }
    }

    /// The terms of each image of the pass, in order.
    pub fn image_terms(&self, images: usize) -> Vec<Terms> {
        let terms = self.terms.get()[..images].iter();
        terms
            .map(|[reconstruction, kl, kl_nats, code_l1]| Terms {
                total: reconstruction + kl + code_l1,
                reconstruction: *reconstruction,
                kl: *kl,
                kl_nats: *kl_nats,
                code_l1: *code_l1,
                images: 1,
            })
            .collect()
    }
}
