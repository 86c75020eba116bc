//! `dropout`

use network::Dropout;
use random::Stream;

use super::{Place, Planned};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::layout::{Border, Layout, Run};
use crate::ops::transfer::{copy, pass_on};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Images, Shard};

impl Planned for Dropout {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let node = DropoutNode { rate: self.rate, stream: format!("dropout.{}", place.name) };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

struct DropoutNode {
    rate: f32,
    stream: String,
}

struct DropoutOp {
    rate: f32,
    stream: String,
    input: Input,
    /// What every value is multiplied with: 0, or 1 / (1 − rate).
    mask: BufferId,
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for DropoutNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, rows, .. }) = (buffers.input(), buffers);
        let layout = Layout { border: Border::default(), ..builder.workspace.layout(y) };
        let mask = builder.buffer(layout, rows, false);
        Box::new(DropoutOp { rate: self.rate, stream: self.stream.clone(), input, mask, y, dy })
    }
}

impl<T: Scalar> Op<T> for DropoutOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let Some(training) = env.training else {
            copy(shard, self.input.x, self.y);
            return;
        };
        let stream = Stream::new(training.draw.seed, &self.stream);
        let kept = T::from_f64(1.0 / (1.0 - f64::from(self.rate)));
        let Images { first, rows: each, .. } = shard.images_of(self.mask);
        let (first, n) = ((training.first + first) * each, shard.layout(self.mask).stride());
        let ([], [mask]) = shard.borrow([], [self.mask]);
        for (row, mask) in mask.chunks_exact_mut(n).enumerate() {
            stream.each_uniform(training.draw.step, (first + row) as u32, n, |i, draw| {
                mask[i] = if draw >= self.rate { kept } else { T::ZERO };
            });
        }
        copy(shard, self.input.x, self.y);
        mask_values(shard, self.mask, self.y);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        mask_values(shard, self.mask, self.dy);
        pass_on(env, shard, self.dy, self.input.dx);
    }
}

/// values *= mask
fn mask_values<T: Scalar>(shard: &mut Shard<'_, T>, mask: BufferId, values: BufferId) {
    let (from, to, rows) = (shard.layout(mask), shard.layout(values), shard.rows(values));
    let ([mask], [values]) = shard.borrow([mask], [values]);
    for Run { from, to, len } in from.runs(to, rows) {
        for (value, factor) in values[to..to + len].iter_mut().zip(&mask[from..from + len]) {
            *value = *value * *factor;
        }
    }
}
