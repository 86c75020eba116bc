//! `gated_dense`

use network::{Activation, GatedDense};

use super::{Place, Planned};
use crate::geometry::Geometry;
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::kernels::elementwise::Multiply;
use crate::ops::linear_plan::LinearNode;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for GatedDense {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let Place { name, input, from, to } = place;
        let mut half = |part: &str, activation| {
            let name = format!("{name}.{part}");
            let geometry = Geometry::dense(from.len(), self.units);
            let node = LinearNode {
                activation,
                ..LinearNode::new(geometry, graph.parameters(&name).kernel_and_bias())
            };
            graph.add(&name, Box::new(node), &[input], to)
        };
        let (values, gates) = (half("value", self.activation), half("gate", Activation::Sigmoid));
        graph.add(name, Box::new(ProductNode), &[values, gates], to)
    }
}

/// y = a ⊙ b, of vectors.
struct ProductNode;

struct ElementProduct {
    inputs: [Input; 2],
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for ProductNode {
    fn reads_inputs_again(&self) -> bool {
        true
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, _builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let OpBuffers { inputs, y, dy, .. } = buffers;
        Box::new(ElementProduct { inputs: [inputs[0], inputs[1]], y, dy })
    }
}

impl<T: Scalar> Op<T> for ElementProduct {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let ([a, b], [y]) = borrow(shard, self.inputs.map(|input| input.x), self.y);
        T::dispatch(env.isa, Multiply { a, b, adds: false, out: y });
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        for (input, other) in [(0, 1), (1, 0)] {
            if let Some(dx) = self.inputs[input].dx {
                let ([a, b], [out]) = borrow(shard, [self.dy, self.inputs[other].x], dx.buffer);
                T::dispatch(env.isa, Multiply { a, b, adds: dx.adds, out });
            }
        }
    }
}

/// Two buffers to read and one to write, of vectors, without what lies behind them.
fn borrow<'a, T: Scalar>(
    shard: &'a mut Shard<'_, T>,
    read: [BufferId; 2],
    write: BufferId,
) -> ([&'a [T]; 2], [&'a mut [T]; 1]) {
    let (read, [out]) = shard.borrow(read, [write]);
    (read.map(|values| &values[..out.len()]), [out])
}
