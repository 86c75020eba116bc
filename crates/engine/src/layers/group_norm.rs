//! `group_norm`

use network::{Activation, GroupNorm, Shape};

use super::gamma_beta::GammaBeta;
use super::{Place, Planned};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients, lists};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::{Learned, Op};
use crate::kernels::columns::AddColumnSums;
use crate::kernels::normalise::{AddColumnSquares, Combine, ScaleShift, ScaleShiftSums};
use crate::layout::Layout;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for GroupNorm {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let node = GroupNormNode {
            groups: self.groups,
            epsilon: f64::from(self.epsilon),
            activation: self.activation,
            tensors: GammaBeta::of(graph.parameters(place.name)),
        };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

struct GroupNormNode {
    groups: usize,
    epsilon: f64,
    activation: Activation,
    tensors: GammaBeta,
}

struct GroupNormOp {
    groups: usize,
    epsilon: f64,
    activation: Activation,
    tensors: GammaBeta,
    /// Place of their gradients in a group's buffer.
    gradients: usize,
    input: Input,
    /// Mean and 1 / √(variance + ε) of each group of channels, of each row.
    moments: BufferId,
    y: BufferId,
    dy: BufferId,
}

/// Lists of one value for each channel that a row's pass needs.
const LISTS: usize = 5;

impl<T: Scalar> Node<T> for GroupNormNode {
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
        let channels = self.tensors.channels();
        builder.workspace.add_scratch(LISTS * channels);
        Box::new(GroupNormOp {
            groups: self.groups,
            epsilon: self.epsilon,
            activation: self.activation,
            tensors: self.tensors.clone(),
            gradients: self.tensors.place(builder),
            moments: builder.plain(Shape::Vector(2 * self.groups), rows),
            input,
            y,
            dy,
        })
    }
}

impl GroupNormOp {
    /// Channels of a group.
    fn width(&self) -> usize {
        self.tensors.channels() / self.groups
    }

    /// a and b of y = act(a x + b), and each channel's mean, from the moments of a row's groups.
    fn factors<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        moments: &[T],
        [scale, shift, centre]: [&mut [T]; 3],
    ) {
        let GammaBeta { gamma, beta } = &self.tensors;
        let (gamma, beta) = (&env.parameters[gamma.clone()], &env.parameters[beta.clone()]);
        for c in 0..gamma.len() {
            let group = 2 * (c / self.width());
            let (mean, deviation) = (moments[group], moments[group + 1]);
            scale[c] = gamma[c] * deviation;
            shift[c] = beta[c] - mean * scale[c];
            centre[c] = mean;
        }
    }
}

impl<T: Scalar> Op<T> for GroupNormOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (from, to, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let n = self.tensors.channels();
        let values = (from.height * from.width * self.width()) as f64;
        let ([x], [y, moments], scratch) = shard.borrow_with_scratch([self.input.x], [self.y, self.moments]);
        let [sums, scale, shift, centre] = lists(scratch.values, n);
        for (row, moments) in moments.chunks_exact_mut(2 * self.groups).enumerate().take(rows) {
            let (x, y) = (&x[row * from.stride()..], &mut y[row * to.stride()..]);
            let runs = || Layout::together([from, to]);
            sums.fill(T::ZERO);
            for ([at, _], len) in runs() {
                T::dispatch_rows(env.isa, n, AddColumnSums { values: &x[at..at + len], n, out: sums });
            }
            for (group, moments) in moments.chunks_exact_mut(2).enumerate() {
                let channels = group * self.width()..(group + 1) * self.width();
                let total: f64 = sums[channels.clone()].iter().map(|sum| sum.to_f64()).sum();
                moments[0] = T::from_f64(total / values);
                centre[channels].fill(moments[0]);
            }
            sums.fill(T::ZERO);
            for ([at, _], len) in runs() {
                let kernel = AddColumnSquares { values: &x[at..at + len], centre, sums };
                T::dispatch_rows(env.isa, n, kernel);
            }
            for (group, moments) in moments.chunks_exact_mut(2).enumerate() {
                let channels = group * self.width()..(group + 1) * self.width();
                let total: f64 = sums[channels].iter().map(|sum| sum.to_f64()).sum();
                moments[1] = T::from_f64(1.0 / (total / values + self.epsilon).sqrt());
            }
            self.factors(env, moments, [scale, shift, centre]);
            for ([at, to], len) in runs() {
                let (x, y) = (&x[at..at + len], &mut y[to..to + len]);
                let kernel = ScaleShift { x, scale, shift, activation: self.activation, y };
                T::dispatch_rows(env.isa, n, kernel);
            }
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        let (x_layout, d_layout) = (shard.layout(self.input.x), shard.layout(self.dy));
        let n = self.tensors.channels();
        let values = (x_layout.height * x_layout.width * self.width()) as f64;
        let (rows_of, is_new) = (shard.images_of(self.dy), gradients.is_new);
        for (rows, group) in gradients.parts(rows_of) {
            let (d_gamma, d_beta) = self.tensors.gradients(self.gradients, group, is_new);
            for row in rows {
                let ([x, moments], [dy], scratch) =
                    shard.borrow_with_scratch([self.input.x, self.moments], [self.dy]);
                let [sums, products, scale, shift, centre] = lists(scratch.values, n);
                let moments = &moments[row * 2 * self.groups..][..2 * self.groups];
                self.factors(env, moments, [scale, shift, centre]);
                sums.fill(T::ZERO);
                products.fill(T::ZERO);
                let (x, dy) = (&x[row * x_layout.stride()..], &mut dy[row * d_layout.stride()..]);
                for ([at, to], len) in Layout::together([x_layout, d_layout]) {
                    let kernel = ScaleShiftSums {
                        x: &x[at..at + len],
                        scale,
                        shift,
                        centre,
                        activation: self.activation,
                        gradient: &mut dy[to..to + len],
                        sums,
                        products,
                    };
                    T::dispatch_rows(env.isa, n, kernel);
                }
                for c in 0..n {
                    d_gamma[c] += products[c] * moments[2 * (c / self.width()) + 1];
                    d_beta[c] += sums[c];
                }
                env.lap(Part::BiasGradient);
                let Some(dx) = self.input.dx else { continue };
                // With x̂ = (x − μ) r and g of the argument: dx = r (γ g − mean(γ g) − x̂ mean(γ g x̂)), in each group.
                let gamma = &env.parameters[self.tensors.gamma.clone()];
                let (of_x, rest) = (shift, centre);
                for (g, moments) in moments.chunks_exact(2).enumerate() {
                    let channels = g * self.width()..(g + 1) * self.width();
                    let (mean, deviation) = (moments[0].to_f64(), moments[1].to_f64());
                    let weighted = |list: &[T]| -> f64 {
                        channels.clone().map(|c| gamma[c].to_f64() * list[c].to_f64()).sum()
                    };
                    let (sum, product) = (weighted(sums), weighted(products));
                    let slope = deviation.powi(3) * product / values;
                    of_x[channels.clone()].fill(T::from_f64(-slope));
                    rest[channels].fill(T::from_f64(mean * slope - deviation * sum / values));
                }
                let dx_layout = shard.layout(dx.buffer);
                let ([x, dy], [out], scratch) =
                    shard.borrow_with_scratch([self.input.x, self.dy], [dx.buffer]);
                let [_, _, of_gradient, of_x, rest] = lists(scratch.values, n);
                let (x, dy) = (&x[row * x_layout.stride()..], &dy[row * d_layout.stride()..]);
                let out = &mut out[row * dx_layout.stride()..];
                for ([at, from, to], len) in Layout::together([x_layout, d_layout, dx_layout]) {
                    let kernel = Combine {
                        gradient: &dy[from..from + len],
                        x: &x[at..at + len],
                        factors: [of_gradient, of_x, rest],
                        adds: dx.adds,
                        out: &mut out[to..to + len],
                    };
                    T::dispatch_rows(env.isa, n, kernel);
                }
                env.lap(Part::InputGradient);
            }
        }
    }

    fn learned(&self) -> Vec<Learned> {
        self.tensors.learned(self.gradients)
    }
}
