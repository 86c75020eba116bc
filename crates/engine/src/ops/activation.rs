//! A function of each value: of the output of an operation, or as a layer of its own.

use network::Activation;

use super::transfer::{copy, pass_on};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::op::Op;
use crate::kernels::activate::{Activate, ActivateBackward};
use crate::layout::Run;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// y = act(x)
pub(crate) struct ActivationNode {
    pub activation: Activation,
}

struct Activated {
    input: Input,
    activation: Activation,
    y: BufferId,
    dy: BufferId,
}

impl<T: Scalar> Node<T> for ActivationNode {
    fn reads_inputs_again(&self) -> bool {
        self.activation.keeps_argument()
    }

    fn reads_output_again(&self) -> bool {
        !self.activation.keeps_argument()
    }

    fn build(&self, _builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, .. }) = (buffers.input(), buffers);
        Box::new(Activated { input, activation: self.activation, y, dy })
    }
}

impl<T: Scalar> Op<T> for Activated {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        copy(shard, self.input.x, self.y);
        apply(env, shard, self.activation, None, self.y);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let values = if self.activation.keeps_argument() { self.input.x } else { self.y };
        apply_derivative(env, shard, self.activation, values, self.dy);
        pass_on(env, shard, self.dy, self.input.dx);
    }
}

/// Applies a function to `y`, in place, or from its argument where that is kept.
pub(crate) fn apply<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    activation: Activation,
    argument: Option<BufferId>,
    y: BufferId,
) {
    if let Some(argument) = argument {
        copy(shard, argument, y);
    }
    if activation != Activation::Linear {
        let (layout, rows) = (shard.layout(y), shard.rows(y));
        let ([], [y]) = shard.borrow([], [y]);
        for Run { from, len, .. } in layout.runs(layout, rows) {
            T::dispatch(env.isa, Activate { activation, values: &mut y[from..from + len] });
        }
    }
    env.lap(Part::Activation);
}

/// dL/dy becomes the gradient of the function's argument, in place. `values` are y, or the argument where that is kept.
pub(crate) fn apply_derivative<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    activation: Activation,
    values: BufferId,
    dy: BufferId,
) {
    if activation != Activation::Linear {
        let (layout, d_layout, rows) = (shard.layout(values), shard.layout(dy), shard.rows(dy));
        let ([values], [dy]) = shard.borrow([values], [dy]);
        for Run { from, to, len } in layout.runs(d_layout, rows) {
            let (values, gradient) = (&values[from..from + len], &mut dy[to..to + len]);
            T::dispatch(env.isa, ActivateBackward { activation, values, gradient });
        }
    }
    env.lap(Part::ActivationGradient);
}
