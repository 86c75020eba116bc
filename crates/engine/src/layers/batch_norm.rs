//! `batch_norm`
//!
//! While training, two barriers: one for the moments of the batch, one for the sums of the way back. What every image
//! leaves is joined in the order of the images, in f64, so that the result does not depend on the batch's cut.

use std::ops::Range;

use network::{Activation, BatchNorm, Shape};

use super::gamma_beta::GammaBeta;
use super::{Place, Planned};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::{Barrier, Joining, Learned, Op};
use crate::kernels::columns::AddColumnSums;
use crate::kernels::normalise::{AddColumnSquares, Combine, ScaleShift, ScaleShiftSums};
use crate::layout::Layout;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for BatchNorm {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let parameters = graph.parameters(place.name);
        let node = BatchNormNode {
            momentum: f64::from(self.momentum),
            epsilon: f64::from(self.epsilon),
            activation: self.activation,
            tensors: Tensors {
                learned: GammaBeta::of(parameters),
                mean: parameters.place("moving_mean"),
                variance: parameters.place("moving_variance"),
            },
        };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

/// Places among the parameters.
#[derive(Clone)]
struct Tensors {
    learned: GammaBeta,
    mean: Range<usize>,
    variance: Range<usize>,
}

struct BatchNormNode {
    momentum: f64,
    epsilon: f64,
    activation: Activation,
    tensors: Tensors,
}

struct BatchNormOp {
    momentum: f64,
    epsilon: f64,
    activation: Activation,
    tensors: Tensors,
    /// Place of the gradients of γ and β in a group's buffer.
    gradients: usize,
    input: Input,
    y: BufferId,
    dy: BufferId,
    /// Rows of y that an image has.
    each: usize,
    /// What each row leaves, two values for each channel: its mean and the sum of its squared distances from that; on the
    /// way back Σ g and Σ g (x − μ).
    left: BufferId,
    /// What barriers leave, a value for each channel: see [`Joint`].
    joint: usize,
}

/// The lists that barriers leave.
struct Joint<'a, T> {
    /// a and b of y = act(a x + b), the batch's mean, and 1 / √(variance + ε).
    scale: &'a [T],
    shift: &'a [T],
    mean: &'a [T],
    deviation: &'a [T],
    /// dx = scale · g + of_x · x + rest
    of_x: &'a [T],
    rest: &'a [T],
}

const LISTS: usize = 6;

impl<T: Scalar> Node<T> for BatchNormNode {
    fn reads_inputs_again(&self) -> bool {
        true
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn learns(&self) -> bool {
        true
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, rows, .. }) = (buffers.input(), buffers);
        let channels = self.tensors.learned.channels();
        let shape = Layout::new(Shape::Vector(2 * channels), Default::default());
        Box::new(BatchNormOp {
            momentum: self.momentum,
            epsilon: self.epsilon,
            activation: self.activation,
            tensors: self.tensors.clone(),
            gradients: self.tensors.learned.place(builder),
            each: rows.batch / builder.cut.batch,
            left: builder.buffer(shape, rows, true),
            joint: builder.joint_place(LISTS * channels),
            input,
            y,
            dy,
        })
    }
}

impl BatchNormOp {
    fn channels(&self) -> usize {
        self.tensors.learned.channels()
    }

    fn joint<'a, T>(&self, env: Environment<'a, T>) -> Joint<'a, T> {
        let n = self.channels();
        let list = |i: usize| &env.joint[self.joint + i * n..self.joint + (i + 1) * n];
        Joint {
            scale: list(0),
            shift: list(1),
            mean: list(2),
            deviation: list(3),
            of_x: list(4),
            rest: list(5),
        }
    }

    /// Values of a channel in a pass over so many images.
    fn values(&self, layout: Layout, images: usize) -> f64 {
        (images * self.each * layout.height * layout.width) as f64
    }

    /// y = act(a x + b) of a shard.
    fn scale_and_shift<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        scale: &[T],
        shift: &[T],
    ) {
        let (from, to, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let ([x], [y]) = shard.borrow([self.input.x], [self.y]);
        for row in 0..rows {
            let (x, y) = (&x[row * from.stride()..], &mut y[row * to.stride()..]);
            for ([at, to], len) in Layout::together([from, to]) {
                let (x, y) = (&x[at..at + len], &mut y[to..to + len]);
                let kernel = ScaleShift { x, scale, shift, activation: self.activation, y };
                T::dispatch_rows(env.isa, scale.len(), kernel);
            }
        }
    }
}

impl<T: Scalar> Op<T> for BatchNormOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        if env.training.is_some() {
            let Joint { scale, shift, .. } = self.joint(env);
            self.scale_and_shift(env, shard, scale, shift);
        } else {
            let n = self.channels();
            let of = |range: &Range<usize>| &env.parameters[range.clone()];
            let (gamma, beta) = (of(&self.tensors.learned.gamma), of(&self.tensors.learned.beta));
            let (mean, variance) = (of(&self.tensors.mean), of(&self.tensors.variance));
            let factor = |c: usize| gamma[c].to_f64() / (variance[c].to_f64() + self.epsilon).sqrt();
            // A few values for a shard of images: no memory was planned for them, and no training step comes here.
            let scale: Vec<T> = (0..n).map(|c| T::from_f64(factor(c))).collect();
            let shift: Vec<T> =
                (0..n).map(|c| T::from_f64(beta[c].to_f64() - mean[c].to_f64() * factor(c))).collect();
            self.scale_and_shift(env, shard, &scale, &shift);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        let n = self.channels();
        let Joint { scale, deviation, of_x, rest, .. } = self.joint(env);
        let is_new = gradients.is_new;
        let rows_of = shard.images_of(self.dy);
        let ([left], []) = shard.borrow([self.left], []);
        for (rows, group) in gradients.parts(rows_of) {
            let (d_gamma, d_beta) = self.tensors.learned.gradients(self.gradients, group, is_new);
            for left in left.chunks_exact(2 * n).take(rows.end).skip(rows.start) {
                for c in 0..n {
                    d_beta[c] += left[c];
                    d_gamma[c] += left[n + c] * deviation[c];
                }
            }
        }
        env.lap(Part::BiasGradient);
        let Some(dx) = self.input.dx else { return };
        let (x_layout, d_layout, dx_layout) =
            (shard.layout(self.input.x), shard.layout(self.dy), shard.layout(dx.buffer));
        let rows = shard.rows(self.dy);
        let ([x, dy], [out]) = shard.borrow([self.input.x, self.dy], [dx.buffer]);
        for row in 0..rows {
            let (x, dy) = (&x[row * x_layout.stride()..], &dy[row * d_layout.stride()..]);
            let out = &mut out[row * dx_layout.stride()..];
            for ([at, from, to], len) in Layout::together([x_layout, d_layout, dx_layout]) {
                let kernel = Combine {
                    gradient: &dy[from..from + len],
                    x: &x[at..at + len],
                    factors: [scale, of_x, rest],
                    adds: dx.adds,
                    out: &mut out[to..to + len],
                };
                T::dispatch_rows(env.isa, n, kernel);
            }
        }
    }

    fn learned(&self) -> Vec<Learned> {
        self.tensors.learned.learned(self.gradients)
    }

    fn barrier(&self) -> Option<&dyn Barrier<T>> {
        Some(self)
    }
}

impl<T: Scalar> Barrier<T> for BatchNormOp {
    fn leave_forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (layout, rows, n) = (shard.layout(self.input.x), shard.rows(self.y), self.channels());
        let pixels = T::from_f64((layout.height * layout.width) as f64);
        let ([x], [left]) = shard.borrow([self.input.x], [self.left]);
        for (row, left) in left.chunks_exact_mut(2 * n).enumerate().take(rows) {
            let x = &x[row * layout.stride()..];
            left.fill(T::ZERO);
            let (mean, squares) = left.split_at_mut(n);
            for ([at], len) in Layout::together([layout]) {
                T::dispatch_rows(env.isa, n, AddColumnSums { values: &x[at..at + len], n, out: mean });
            }
            mean.iter_mut().for_each(|sum| *sum = *sum / pixels);
            for ([at], len) in Layout::together([layout]) {
                let kernel = AddColumnSquares { values: &x[at..at + len], centre: mean, sums: squares };
                T::dispatch_rows(env.isa, n, kernel);
            }
        }
    }

    fn join_forward(&self, joining: Joining<'_, T>) {
        let Joining { images, resident, joint, parameters, is_step, .. } = joining;
        let (n, rows) = (self.channels(), images * self.each);
        let layout = resident.layout(self.input.x);
        let pixels = (layout.height * layout.width) as f64;
        let left = resident.values(self.left, rows);
        let joint = &mut joint[self.joint..self.joint + LISTS * n];
        for c in 0..n {
            let of_row = |row: usize, list: usize| left[(2 * row + list) * n + c].to_f64();
            let mean = (0..rows).map(|row| of_row(row, 0)).sum::<f64>() / rows as f64;
            let squares = |row: usize| of_row(row, 1) + pixels * (of_row(row, 0) - mean).powi(2);
            let variance = (0..rows).map(squares).sum::<f64>() / self.values(layout, images);
            let deviation = 1.0 / (variance + self.epsilon).sqrt();
            let (gamma, beta) = (
                parameters[self.tensors.learned.gamma.start + c],
                parameters[self.tensors.learned.beta.start + c],
            );
            let scale = gamma.to_f64() * deviation;
            let lists = [scale, beta.to_f64() - mean * scale, mean, deviation];
            for (list, value) in lists.into_iter().enumerate() {
                joint[list * n + c] = T::from_f64(value);
            }
            if is_step {
                let averages = [(self.tensors.mean.start, mean), (self.tensors.variance.start, variance)];
                for (at, value) in averages {
                    let old = parameters[at + c].to_f64();
                    parameters[at + c] = T::from_f64(old * self.momentum + value * (1.0 - self.momentum));
                }
            }
        }
    }

    fn leave_backward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let n = self.channels();
        let Joint { scale, shift, mean, .. } = self.joint(env);
        let (x_layout, d_layout, rows) =
            (shard.layout(self.input.x), shard.layout(self.dy), shard.rows(self.dy));
        let ([x], [dy, left]) = shard.borrow([self.input.x], [self.dy, self.left]);
        for (row, left) in left.chunks_exact_mut(2 * n).enumerate().take(rows) {
            let (x, dy) = (&x[row * x_layout.stride()..], &mut dy[row * d_layout.stride()..]);
            left.fill(T::ZERO);
            let (sums, products) = left.split_at_mut(n);
            for ([at, to], len) in Layout::together([x_layout, d_layout]) {
                let kernel = ScaleShiftSums {
                    x: &x[at..at + len],
                    scale,
                    shift,
                    centre: mean,
                    activation: self.activation,
                    gradient: &mut dy[to..to + len],
                    sums: &mut *sums,
                    products: &mut *products,
                };
                T::dispatch_rows(env.isa, n, kernel);
            }
        }
    }

    /// With x̂ = (x − μ) r and g of the argument: dx = γ r (g − mean(g) − x̂ mean(g x̂)), over the batch.
    fn join_backward(&self, joining: Joining<'_, T>) {
        let Joining { images, resident, joint, .. } = joining;
        let (n, rows) = (self.channels(), images * self.each);
        let values = self.values(resident.layout(self.input.x), images);
        let left = resident.values(self.left, rows);
        let joint = &mut joint[self.joint..self.joint + LISTS * n];
        for c in 0..n {
            let total =
                |list: usize| (0..rows).map(|row| left[(2 * row + list) * n + c].to_f64()).sum::<f64>();
            let (sum, product) = (total(0) / values, total(1) / values);
            let [scale, mean, deviation] = [0, 2, 3].map(|list| joint[list * n + c].to_f64());
            let slope = scale * deviation * deviation * product;
            joint[4 * n + c] = T::from_f64(-slope);
            joint[5 * n + c] = T::from_f64(mean * slope - scale * sum);
        }
    }
}
