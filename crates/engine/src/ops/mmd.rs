//! The maximum mean discrepancy between a batch's codes and the prior: a job on all codes at once, between encoder and
//! decoder. (The formula is [`network::Mmd`]'s.)

use network::Term;

use super::transfer::{copy, pass_on};
use crate::graph::buffers::{BatchTerm, Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::op::{Barrier, Joining, Op};
use crate::kernels::elementwise::AddTo;
use crate::layout::{Border, Layout, Run};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// Passes the codes on, and measures them.
pub(crate) struct MmdNode {
    /// What the measure is multiplied with in the total.
    pub weight: f64,
}

struct Mmd {
    weight: f64,
    input: Input,
    y: BufferId,
    dy: BufferId,
    /// The codes of the batch.
    codes: BufferId,
    /// Place of the measure among what barriers leave; behind it lies the weighted gradient, `[rows, code]`.
    joint: usize,
    /// The most rows of a batch.
    rows: usize,
}

impl<T: Scalar> Node<T> for MmdNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, rows, .. }) = (buffers.input(), buffers);
        let layout = Layout { border: Border::default(), ..builder.workspace.layout(y) };
        let joint = builder.joint_place(GRADIENT + rows.batch * layout.stride());
        builder.batch_term = Some(BatchTerm { term: Term::Mmd, joint });
        Box::new(Mmd {
            weight: self.weight,
            input,
            y,
            dy,
            codes: builder.buffer(layout, rows, true),
            joint,
            rows: rows.batch,
        })
    }
}

/// Where the gradient begins behind the measure.
const GRADIENT: usize = 16;

impl<T: Scalar> Op<T> for Mmd {
    fn forward(&self, _env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        copy(shard, self.input.x, self.y);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let Some(dx) = self.input.dx else { return };
        pass_on(env, shard, self.dy, Some(dx));
        let plain = shard.layout(self.codes);
        let (layout, first, rows) =
            (shard.layout(dx.buffer), shard.first_row(self.codes), shard.rows(self.codes));
        let gradient = &env.joint[self.joint + GRADIENT + first * plain.stride()..];
        let ([], [out]) = shard.borrow([], [dx.buffer]);
        for Run { from, to, len } in plain.runs(layout, rows) {
            T::dispatch(env.isa, AddTo { values: &gradient[from..from + len], sums: &mut out[to..to + len] });
        }
    }

    fn barrier(&self) -> Option<&dyn Barrier<T>> {
        Some(self)
    }
}

impl<T: Scalar> Barrier<T> for Mmd {
    fn measures(&self) -> bool {
        true
    }

    fn leave_forward(&self, _env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        copy(shard, self.input.x, self.codes);
    }

    fn join_forward(&self, joining: Joining<'_, T>) {
        let Joining { images, samples, resident, joint, .. } = joining;
        let layout = resident.layout(self.codes);
        let d = layout.stride();
        let n = images * samples;
        assert!(n <= self.rows);
        let codes = &resident.values(self.codes, n)[..n * d];
        let (measure, gradient) = joint[self.joint..][..GRADIENT + n * d].split_at_mut(GRADIENT);
        let dims = d as f64;
        let pairs = (n * (n - 1)).max(1) as f64;
        let (mut between, mut to_prior) = (0.0, 0.0);
        let of_prior = (dims / (dims + 1.0)).powf(dims / 2.0);
        for (i, z) in codes.chunks_exact(d).enumerate() {
            let slope = &mut gradient[i * d..(i + 1) * d];
            let square: f64 = z.iter().map(|z| z.to_f64().powi(2)).sum();
            let near = of_prior * (-square / (2.0 * (dims + 1.0))).exp();
            to_prior += near;
            // d/dz of −2/n · near
            let factor = T::from_f64(self.weight * 2.0 / n as f64 * near / (dims + 1.0));
            slope.iter_mut().zip(z).for_each(|(slope, z)| *slope = factor * *z);
            for (j, other) in codes.chunks_exact(d).enumerate().filter(|(j, _)| *j != i) {
                let distance: f64 = z.iter().zip(other).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum();
                let kernel = (-distance / (2.0 * dims)).exp();
                if j > i {
                    between += 2.0 * kernel;
                }
                // Each pair is met twice in the sum, and once here with z in it.
                let factor = T::from_f64(-self.weight * 2.0 * kernel / (pairs * dims));
                slope
                    .iter_mut()
                    .zip(z.iter().zip(other))
                    .for_each(|(slope, (a, b))| *slope += factor * (*a - *b));
            }
        }
        let constant = (dims / (dims + 2.0)).powf(dims / 2.0);
        measure[0] = T::from_f64(between / pairs - 2.0 * to_prior / n as f64 + constant);
    }

    fn leave_backward(&self, _env: Environment<'_, T>, _shard: &mut Shard<'_, T>) {}

    fn join_backward(&self, _joining: Joining<'_, T>) {}
}
