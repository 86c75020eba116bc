//! The reconstruction term.

use super::Weights;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::kernels::loss::{LossAndGradient, PixelLoss};
use crate::layout::{Border, Layout, Run};
use crate::runtime::{ImageTerms, Runtime};
use crate::simd::Scalar;
use crate::workspace::Shard;
use network::{Loss, Term};

/// The loss of a value, and what is added to the sum over an image.
#[derive(Clone, Copy)]
pub(super) struct Likelihood<T> {
    pub loss: PixelLoss<T>,
    /// ln σ + ½ ln 2π of a Gaussian.
    constant: Option<f64>,
}

impl<T> Likelihood<T> {
    /// What is added to the loss of an image of `n` values.
    pub fn constant(&self, n: usize) -> f64 {
        self.constant.map_or(0.0, |of_value| n as f64 * of_value)
    }
}

impl<T: Scalar> Runtime<T> {
    /// With the σ that there is now.
    pub(super) fn likelihood(&self, env: Environment<'_, T>) -> Likelihood<T> {
        let spec = self.network.objective.reconstruction;
        let log_sigma = match self.plan.log_sigma {
            Some(log_sigma) => env.parameters[log_sigma.parameter].to_f64(),
            None => f64::from(spec.sigma_or_default().initial()).ln(),
        };
        let precision = (-2.0 * log_sigma).exp();
        let loss = match spec.loss {
            Loss::Bce => PixelLoss::Bce,
            Loss::SquaredError => PixelLoss::SquaredError,
            Loss::Gaussian => PixelLoss::Gaussian { precision: T::from_f64(precision) },
            Loss::L1 => PixelLoss::L1,
            Loss::Charbonnier => {
                let epsilon = f64::from(spec.epsilon_or_default());
                PixelLoss::Charbonnier { square: T::from_f64(epsilon * epsilon) }
            }
        };
        let is_gaussian = spec.loss == Loss::Gaussian;
        let constant = is_gaussian.then(|| log_sigma + 0.5 * std::f64::consts::TAU.ln());
        Likelihood { loss, constant }
    }

    /// How far each image's output is from its target, and, where gradients are asked for, those of the total with
    /// respect to the output and ln σ.
    pub(super) fn reconstruction(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
        gradients: Option<&mut ParameterGradients<'_, T>>,
    ) {
        const TERM: Term = Term::Reconstruction;
        let n = self.network.input.len();
        let rows = shard.rows(self.plan.output);
        let samples = rows / shard.images;
        let scale = T::from_f64(weights[TERM] / (weights.images * samples as f64));
        let likelihood = self.likelihood(env);
        let (output, d_output) = (shard.layout(self.plan.output), shard.layout(self.plan.d_output));
        let plain = Layout::new(self.network.input, Border::default());
        let ([values, target], [d_values]) =
            shard.borrow([self.plan.output, self.plan.target], [self.plan.d_output]);
        // The output has no border: nothing reads it but the loss.
        debug_assert!(output.is_contiguous());
        for Run { from, to, len } in plain.runs(d_output, rows) {
            let image = from / n / samples;
            let kernel = LossAndGradient {
                loss: likelihood.loss,
                output: &values[from..from + len],
                target: &target[image * n + from % n..][..len],
                gradient: gradients.is_some().then_some(&mut d_values[to..to + len]),
                scale,
            };
            terms[image][TERM] += T::dispatch(self.isa, kernel);
        }
        terms.iter_mut().for_each(|term| term[TERM] /= samples as f64);
        if let Some((log_sigma, gradients)) = self.plan.log_sigma.zip(gradients) {
            let (at, is_new) = (log_sigma.group, gradients.is_new);
            for (part, group) in gradients.parts(shard.images_of(self.plan.target)) {
                if is_new {
                    group[at] = T::ZERO;
                }
                for term in &terms[part] {
                    let slope = n as f64 - 2.0 * term[TERM];
                    group[at] += T::from_f64(slope * weights[TERM] / weights.images);
                }
            }
        }
        for term in terms {
            term[TERM] = (term[TERM] + likelihood.constant(n)) * weights[TERM];
        }
    }
}
