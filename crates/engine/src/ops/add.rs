//! Sums of buffers: y = act(a + b + …), and gradients that several readers of a value add up.

use network::Activation;

use super::activation::{apply, apply_derivative};
use super::transfer::{add, copy, pass_on};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::op::Op;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// y = act(Σ inputs), of equal shape.
pub(crate) struct AddNode {
    pub activation: Activation,
}

struct Add {
    inputs: Vec<Input>,
    activation: Activation,
    /// Holds the activation's argument where its derivative needs it.
    argument: Option<BufferId>,
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for AddNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        self.activation != Activation::Linear && !self.activation.keeps_argument()
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let OpBuffers { inputs, y, dy, rows } = buffers;
        let layout = builder.workspace.layout(y);
        let argument = self.activation.keeps_argument().then(|| builder.buffer(layout, rows, false));
        Box::new(Add { inputs, activation: self.activation, argument, y, dy })
    }
}

impl<T: Scalar> Op<T> for Add {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let sum = self.argument.unwrap_or(self.y);
        copy(shard, self.inputs[0].x, sum);
        for input in &self.inputs[1..] {
            add(env, shard, input.x, sum);
        }
        env.lap(Part::Forward);
        apply(env, shard, self.activation, self.argument, self.y);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        apply_derivative(env, shard, self.activation, self.argument.unwrap_or(self.y), self.dy);
        for input in &self.inputs {
            pass_on(env, shard, self.dy, input.dx);
        }
    }
}
