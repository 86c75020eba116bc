//! The importance-weighted bound of an image's log-likelihood from several samples of its posterior (Burda et al. 2016).
//!
//! −ln (1/K) Σ_k w_k with w_k = p(x | z_k) p(z_k) / q(z_k | x). Its gradient is that of each sample's −ln w_k, times the
//! sample's part of the weights, w_k / Σ w.

use super::Weights;
use super::reconstruction::Likelihood;
use crate::graph::buffers::SampleBuffers;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::kernels::loss::LossAndGradient;
use crate::layout::{Border, Layout, Run};
use crate::runtime::{ImageTerms, Runtime};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};
use network::Term;

impl<T: Scalar> Runtime<T> {
    /// The terms of each image: the reconstruction is the weighted mean of the samples', the KL term what is left of the
    /// bound. Leaves each sample's part of the weights, and, where gradients are asked for, those of the total with respect
    /// to the output and ln σ.
    pub(super) fn importance_weighted(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
        gradients: Option<&mut ParameterGradients<'_, T>>,
    ) {
        let Some(SampleBuffers { noise, importance: Some(importance), .. }) = self.plan.sample else {
            return;
        };
        let n = self.network.input.len();
        let rows = shard.rows(self.plan.output);
        let samples = rows / shard.images;
        let likelihood = self.likelihood(env);
        self.losses_of_rows(env, shard, likelihood, None);
        self.log_densities(shard, noise, importance);
        let ([], [evidence]) = shard.borrow([], [importance]);
        for (term, rows) in terms.iter_mut().zip(evidence.chunks_exact_mut(2 * samples)) {
            // −ln w_k = loss + constants + (ln q − ln p)
            let log_weight = |row: &[T]| -(row[0].to_f64() + likelihood.constant(n) + row[1].to_f64());
            let largest = rows.chunks_exact(2).map(log_weight).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = rows.chunks_exact(2).map(|row| (log_weight(row) - largest).exp()).sum();
            let bound = -(largest + (sum / samples as f64).ln());
            let mut reconstruction = 0.0;
            for row in rows.chunks_exact_mut(2) {
                let part = (log_weight(row) - largest).exp() / sum;
                reconstruction += part * (row[0].to_f64() + likelihood.constant(n));
                row[1] = T::from_f64(part);
            }
            term[Term::Reconstruction] = reconstruction;
            term[Term::Kl] = bound - reconstruction;
        }
        let Some(gradients) = gradients else { return };
        self.losses_of_rows(env, shard, likelihood, Some((importance, weights.images)));
        let Some(log_sigma) = self.plan.log_sigma else { return };
        let (at, is_new) = (log_sigma.group, gradients.is_new);
        let images = shard.images_of(importance);
        let ([evidence], []) = shard.borrow([importance], []);
        for (rows, group) in gradients.parts(images) {
            if is_new {
                group[at] = T::ZERO;
            }
            for row in evidence.chunks_exact(2).take(rows.end).skip(rows.start) {
                let slope = n as f64 - 2.0 * row[0].to_f64();
                group[at] += T::from_f64(row[1].to_f64() * slope / weights.images);
            }
        }
    }

    /// The loss of every row, without constants; with gradients, each times its part of the weights, of a mean over so many
    /// images.
    fn losses_of_rows(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        likelihood: Likelihood<T>,
        gradients: Option<(BufferId, f64)>,
    ) {
        let Some(SampleBuffers { importance: Some(importance), .. }) = self.plan.sample else { return };
        let n = self.network.input.len();
        let rows = shard.rows(self.plan.output);
        let samples = rows / shard.images;
        let (plain, d_output) =
            (Layout::new(self.network.input, Border::default()), shard.layout(self.plan.d_output));
        let ([values, target], [d_values, evidence]) =
            shard.borrow([self.plan.output, self.plan.target], [self.plan.d_output, importance]);
        if gradients.is_none() {
            evidence.iter_mut().step_by(2).for_each(|loss| *loss = T::ZERO);
        }
        for Run { from, to, len } in plain.runs(d_output, rows) {
            let (row, image) = (from / n, from / n / samples);
            let part = evidence[2 * row + 1];
            let kernel = LossAndGradient {
                loss: likelihood.loss,
                output: &values[from..from + len],
                target: &target[image * n + from % n..][..len],
                gradient: gradients.is_some().then_some(&mut d_values[to..to + len]),
                scale: gradients.map_or(T::ZERO, |(_, images)| T::from_f64(part.to_f64() / images)),
            };
            let loss = T::dispatch(env.isa, kernel);
            if gradients.is_none() {
                evidence[2 * row] += T::from_f64(loss);
            }
        }
    }

    /// ln q(z | x) − ln p(z) of every row.
    fn log_densities(&self, shard: &mut Shard<'_, T>, noise: BufferId, importance: BufferId) {
        let Some(log_var) = self.plan.log_var else { return };
        let d = self.plan.shapes.code.len();
        let rows = shard.rows(self.plan.code);
        let samples = rows / shard.images;
        let layout = shard.layout(self.plan.code);
        let plain = Layout { border: Border::default(), ..layout };
        let ([z, noise, log_var], [evidence]) = shard.borrow([self.plan.code, noise, log_var], [importance]);
        for (row, evidence) in evidence.chunks_exact_mut(2).enumerate().take(rows) {
            let image = row / samples;
            let half_squares = |values: &[T]| values.iter().map(|v| 0.5 * v.to_f64().powi(2)).sum::<f64>();
            let codes = plain
                .runs(layout, 1)
                .map(|Run { to, len, .. }| half_squares(&z[row * layout.stride() + to..][..len]));
            let prior: f64 = codes.sum();
            let posterior = half_squares(&noise[row * d..][..d])
                + log_var[image * d..][..d].iter().map(|v| 0.5 * v.to_f64()).sum::<f64>();
            evidence[1] = T::from_f64(prior - posterior);
        }
    }
}
