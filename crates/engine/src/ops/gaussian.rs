//! The variational latent: two dense heads, a sample, and the KL term.

use super::environment::{Environment, ParameterGradients};
use super::linear::Linear;
use crate::kernels::gaussian::{Sample, SampleBackward};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

pub(crate) struct Gaussian {
    pub mean: Linear,
    pub log_var: Linear,
    /// ε of each image; filled before `forward`.
    pub noise: BufferId,
    pub z: BufferId,
    pub dz: BufferId,
    /// (Σ_j max(λ, KL_j), Σ_j KL_j) of each image.
    pub divergence: BufferId,
    pub free_bits: f32,
}

impl Gaussian {
    pub fn forward<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        self.mean.forward(env, shard);
        self.log_var.forward(env, shard);
        let (layout, images) = (shard.layout(self.z), shard.images);
        let d = layout.channels;
        let ([mean, log_var, noise], [z, divergence]) =
            shard.borrow([self.mean.y, self.log_var.y, self.noise], [self.z, self.divergence]);
        for image in 0..images {
            let at = image * d..(image + 1) * d;
            let z_at = image * layout.stride() + layout.at(0, 0);
            let kernel = Sample {
                mean: &mean[at.clone()],
                log_var: &log_var[at.clone()],
                noise: &noise[at],
                z: &mut z[z_at..z_at + d],
                free_bits: T::from_f64(f64::from(self.free_bits)),
            };
            let (floored, raw) = T::dispatch(env.isa, kernel);
            divergence[2 * image] = T::from_f64(floored);
            divergence[2 * image + 1] = T::from_f64(raw);
        }
    }

    pub fn backward<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        kl_weight: f64,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        let (layout, images) = (shard.layout(self.dz), shard.images);
        let d = layout.channels;
        {
            let ([mean, log_var, noise, dz], [d_mean, d_log_var]) = shard
                .borrow([self.mean.y, self.log_var.y, self.noise, self.dz], [self.mean.dy, self.log_var.dy]);
            for image in 0..images {
                let at = image * d..(image + 1) * d;
                let dz_at = image * layout.stride() + layout.at(0, 0);
                let kernel = SampleBackward {
                    mean: &mean[at.clone()],
                    log_var: &log_var[at.clone()],
                    noise: &noise[at.clone()],
                    dz: &dz[dz_at..dz_at + d],
                    d_mean: &mut d_mean[at.clone()],
                    d_log_var: &mut d_log_var[at],
                    free_bits: T::from_f64(f64::from(self.free_bits)),
                    weight: T::from_f64(kl_weight),
                };
                T::dispatch(env.isa, kernel);
            }
        }
        self.mean.backward(env, shard, gradients);
        self.log_var.backward(env, shard, gradients);
    }
}
