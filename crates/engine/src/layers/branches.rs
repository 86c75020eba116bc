//! `branches`

use network::{Activation, Branches, Merge};

use super::{Place, Planned, chain};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::layout::Layout;
use crate::ops::add::AddNode;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for Branches {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let Place { name, input, to, .. } = place;
        let outputs: Vec<ValueId> = (self.branches.iter().enumerate())
            .map(|(i, branch)| chain(graph, &format!("{name}.branches.{i}"), branch, input))
            .collect();
        let node: Box<dyn Node<T>> = match self.merge {
            Merge::Add => Box::new(AddNode { activation: Activation::Linear }),
            Merge::Concat => Box::new(ConcatNode),
        };
        graph.add(name, node, &outputs, to)
    }
}

/// The channels of one input after those of the other.
struct ConcatNode;

struct Concat {
    inputs: Vec<Input>,
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for ConcatNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, _builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let OpBuffers { inputs, y, dy, .. } = buffers;
        Box::new(Concat { inputs, y, dy })
    }
}

impl<T: Scalar> Op<T> for Concat {
    fn forward(&self, _env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let rows = shard.rows(self.y);
        let mut first = 0;
        for input in &self.inputs {
            let (part, whole) = (shard.layout(input.x), shard.layout(self.y));
            let ([x], [y]) = shard.borrow([input.x], [self.y]);
            for (from, to) in pixels(part, whole, rows) {
                y[to + first..to + first + part.channels].copy_from_slice(&x[from..from + part.channels]);
            }
            first += part.channels;
        }
    }

    fn backward(
        &self,
        _env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let rows = shard.rows(self.dy);
        let mut first = 0;
        for input in &self.inputs {
            let channels = shard.layout(input.x).channels;
            if let Some(dx) = input.dx {
                let (part, whole) = (shard.layout(dx.buffer), shard.layout(self.dy));
                let ([dy], [out]) = shard.borrow([self.dy], [dx.buffer]);
                for (to, from) in pixels(part, whole, rows) {
                    let dy = &dy[from + first..from + first + channels];
                    let out = &mut out[to..to + channels];
                    match dx.adds {
                        true => out.iter_mut().zip(dy).for_each(|(sum, value)| *sum += *value),
                        false => out.copy_from_slice(dy),
                    }
                }
            }
            first += channels;
        }
    }
}

/// The places of every pixel in the buffer of a part and in that of the whole.
fn pixels(part: Layout, whole: Layout, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| {
        (0..part.height).flat_map(move |y| {
            (0..part.width)
                .map(move |x| (row * part.stride() + part.at(y, x), row * whole.stride() + whole.at(y, x)))
        })
    })
}
