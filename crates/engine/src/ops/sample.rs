//! The sample of a Gaussian posterior, and its KL divergence from the prior.

use crate::graph::buffers::{Input, OpBuffers, SampleBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::op::Op;
use crate::kernels::gaussian::{ImportanceBackward, Sample, SampleBackward};
use crate::layout::{Border, Layout};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};
use network::Shape;

/// z = μ + σ ε, for each of an image's samples.
pub(crate) struct SampleNode {
    /// Nats of each dimension that cost nothing.
    pub free_bits: f32,
    /// The shape of z.
    pub code: Shape,
    /// Whether samples may be weighted by importance.
    pub is_importance: bool,
}

struct SampleOp {
    mean: Input,
    log_var: Input,
    buffers: SampleBuffers,
    z: BufferId,
    dz: BufferId,
    free_bits: f32,
}

impl<T: Scalar> Node<T> for SampleNode {
    fn reads_inputs_again(&self) -> bool {
        true
    }

    fn reads_output_again(&self) -> bool {
        self.is_importance
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let [mean, log_var] = [buffers.inputs[0], buffers.inputs[1]];
        let OpBuffers { y: z, dy: dz, rows, .. } = buffers;
        let shape = self.code;
        let images = builder.rows(false);
        let buffers = SampleBuffers {
            noise: builder.plain(shape, rows),
            divergence: builder.plain(Shape::Vector(2), images),
            importance: self.is_importance.then(|| builder.plain(Shape::Vector(2), rows)),
        };
        builder.sample = Some(buffers);
        Box::new(SampleOp { mean, log_var, buffers, z, dz, free_bits: self.free_bits })
    }
}

impl<T: Scalar> Op<T> for SampleOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let plain = Layout { border: Border::default(), ..shard.layout(self.z) };
        let (z_layout, images, samples) = (shard.layout(self.z), shard.images, shard.samples);
        let d = plain.stride();
        let SampleBuffers { noise, divergence, .. } = self.buffers;
        let ([mean, log_var, noise], [z, divergence]) =
            shard.borrow([self.mean.x, self.log_var.x, noise], [self.z, divergence]);
        for image in 0..images {
            let at = image * d;
            let (mut floored, mut raw) = (0.0, 0.0);
            for row in image * samples..(image + 1) * samples {
                (floored, raw) = (0.0, 0.0);
                for (from, to, len) in pieces(plain, z_layout) {
                    let kernel = Sample {
                        mean: &mean[at + from..at + from + len],
                        log_var: &log_var[at + from..at + from + len],
                        noise: &noise[row * d + from..row * d + from + len],
                        z: &mut z[row * z_layout.stride() + to..row * z_layout.stride() + to + len],
                        free_bits: T::from_f64(f64::from(self.free_bits)),
                    };
                    let (with_free_bits, all) = T::dispatch(env.isa, kernel);
                    floored += with_free_bits;
                    raw += all;
                }
            }
            divergence[2 * image] = T::from_f64(floored);
            divergence[2 * image + 1] = T::from_f64(raw);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let (Some(d_mean), Some(d_log_var), Some(training)) = (self.mean.dx, self.log_var.dx, env.training)
        else {
            return;
        };
        let plain = Layout { border: Border::default(), ..shard.layout(self.z) };
        let (d_layout, images, samples) = (shard.layout(self.dz), shard.images, shard.samples);
        let d = plain.stride();
        if let Some((weight, importance)) = training.importance.zip(self.buffers.importance) {
            return self.importance_backward(env, shard, importance, weight);
        }
        let noise = self.buffers.noise;
        let ([mean, log_var, noise, dz], [d_mean, d_log_var]) =
            shard.borrow([self.mean.x, self.log_var.x, noise, self.dz], [d_mean.buffer, d_log_var.buffer]);
        for row in 0..images * samples {
            let at = row / samples * d;
            for (from, to, len) in pieces(plain, d_layout) {
                let (image, noise) =
                    (at + from..at + from + len, &noise[row * d + from..row * d + from + len]);
                let kernel = SampleBackward {
                    mean: &mean[image.clone()],
                    log_var: &log_var[image.clone()],
                    noise,
                    dz: &dz[row * d_layout.stride() + to..row * d_layout.stride() + to + len],
                    d_mean: &mut d_mean[image.clone()],
                    d_log_var: &mut d_log_var[image],
                    free_bits: T::from_f64(f64::from(self.free_bits)),
                    weight: T::from_f64(training.kl_weight / samples as f64),
                    adds: row % samples > 0,
                };
                T::dispatch(env.isa, kernel);
            }
        }
    }
}

impl SampleOp {
    /// The way back where samples are weighted by importance: `weight` is that of an image in the total.
    fn importance_backward<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        importance: BufferId,
        weight: f64,
    ) {
        let (Some(d_mean), Some(d_log_var)) = (self.mean.dx, self.log_var.dx) else { return };
        let (z_layout, d_layout) = (shard.layout(self.z), shard.layout(self.dz));
        let plain = Layout { border: Border::default(), ..z_layout };
        let (samples, rows, d) = (shard.samples, shard.rows(self.dz), plain.stride());
        let ([log_var, noise, z, dz, importance], [d_mean, d_log_var]) = shard.borrow(
            [self.log_var.x, self.buffers.noise, self.z, self.dz, importance],
            [d_mean.buffer, d_log_var.buffer],
        );
        for row in 0..rows {
            let at = row / samples * d;
            for ([from, in_z, in_dz], len) in Layout::together([plain, z_layout, d_layout]) {
                let image = at + from..at + from + len;
                let kernel = ImportanceBackward {
                    log_var: &log_var[image.clone()],
                    noise: &noise[row * d + from..][..len],
                    z: &z[row * z_layout.stride() + in_z..][..len],
                    dz: &dz[row * d_layout.stride() + in_dz..][..len],
                    d_mean: &mut d_mean[image.clone()],
                    d_log_var: &mut d_log_var[image],
                    weight: T::from_f64(weight * importance[2 * row + 1].to_f64()),
                    adds: row % samples > 0,
                };
                T::dispatch(env.isa, kernel);
            }
        }
    }
}

/// Runs of one row's values in a plain layout and in another: where they begin, and how long they are.
fn pieces(plain: Layout, other: Layout) -> impl Iterator<Item = (usize, usize, usize)> {
    plain.runs(other, 1).map(|run| (run.from, run.to, run.len))
}
