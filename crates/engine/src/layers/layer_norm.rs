//! `layer_norm`

use network::{Activation, LayerNorm, Shape};

use super::gamma_beta::GammaBeta;
use super::{Place, Planned};
use crate::graph::buffers::{Gradient, Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::{Learned, Op};
use crate::kernels::normalise::{NormalisePixels, NormalisePixelsBackward};
use crate::layout::Layout;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for LayerNorm {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let node = LayerNormNode {
            epsilon: self.epsilon,
            activation: self.activation,
            tensors: GammaBeta::of(graph.parameters(place.name)),
        };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

struct LayerNormNode {
    epsilon: f32,
    activation: Activation,
    tensors: GammaBeta,
}

struct LayerNormOp {
    epsilon: f32,
    activation: Activation,
    tensors: GammaBeta,
    /// Place of their gradients in a group's buffer.
    gradients: usize,
    input: Input,
    /// Mean and 1 / √(variance + ε) of each pixel, of each row.
    moments: BufferId,
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for LayerNormNode {
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
        let layout = builder.workspace.layout(y);
        Box::new(LayerNormOp {
            epsilon: self.epsilon,
            activation: self.activation,
            tensors: self.tensors.clone(),
            gradients: self.tensors.place(builder),
            moments: builder.plain(Shape::Vector(2 * layout.height * layout.width), rows),
            input,
            y,
            dy,
        })
    }
}

impl<T: Scalar> Op<T> for LayerNormOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (from, to, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let (n, of_row) = (self.tensors.channels(), 2 * to.height * to.width);
        let ([x], [y, moments]) = shard.borrow([self.input.x], [self.y, self.moments]);
        for (row, moments) in moments.chunks_exact_mut(of_row).enumerate().take(rows) {
            let (x, y) = (&x[row * from.stride()..], &mut y[row * to.stride()..]);
            let mut pixel = 0;
            for ([at, to], len) in Layout::together([from, to]) {
                let count = len / n;
                let kernel = NormalisePixels {
                    x: &x[at..at + len],
                    gamma: &env.parameters[self.tensors.gamma.clone()],
                    beta: &env.parameters[self.tensors.beta.clone()],
                    epsilon: T::from_f64(f64::from(self.epsilon)),
                    activation: self.activation,
                    moments: &mut moments[2 * pixel..2 * (pixel + count)],
                    y: &mut y[to..to + len],
                };
                T::dispatch_rows(env.isa, n, kernel);
                pixel += count;
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
        let (n, of_row) = (self.tensors.channels(), 2 * d_layout.height * d_layout.width);
        let (rows_of, is_new) = (shard.images_of(self.dy), gradients.is_new);
        let dx_layout = shard.layout(self.input.dx.map_or(self.dy, |dx| dx.buffer));
        for (rows, group) in gradients.parts(rows_of) {
            let (d_gamma, d_beta) = self.tensors.gradients(self.gradients, group, is_new);
            for row in rows {
                let (x, moments, dy, mut dx) = match self.input.dx {
                    Some(Gradient { buffer, adds }) => {
                        let ([x, moments], [dy, out]) =
                            shard.borrow([self.input.x, self.moments], [self.dy, buffer]);
                        (x, moments, dy, Some((&mut out[row * dx_layout.stride()..], adds)))
                    }
                    None => {
                        let ([x, moments], [dy]) = shard.borrow([self.input.x, self.moments], [self.dy]);
                        (x, moments, dy, None)
                    }
                };
                let (x, dy) = (&x[row * x_layout.stride()..], &mut dy[row * d_layout.stride()..]);
                let mut moments = &moments[row * of_row..(row + 1) * of_row];
                for ([at, from, to], len) in Layout::together([x_layout, d_layout, dx_layout]) {
                    let (own, rest) = moments.split_at(2 * (len / n));
                    moments = rest;
                    let kernel = NormalisePixelsBackward {
                        x: &x[at..at + len],
                        gamma: &env.parameters[self.tensors.gamma.clone()],
                        beta: &env.parameters[self.tensors.beta.clone()],
                        activation: self.activation,
                        moments: own,
                        gradient: &mut dy[from..from + len],
                        d_gamma: &mut *d_gamma,
                        d_beta: &mut *d_beta,
                        dx: dx.as_mut().map(|(out, adds)| (&mut out[to..to + len], *adds)),
                    };
                    T::dispatch_rows(env.isa, n, kernel);
                }
            }
        }
    }

    fn learned(&self) -> Vec<Learned> {
        self.tensors.learned(self.gradients)
    }
}
