//! Sums of buffers: y = act(a + b + …), and gradients that several readers of a value add up.

use network::Activation;

use super::Op;
use super::activation::{apply, apply_derivative};
use super::buffers::{Gradient, Input, OpBuffers};
use super::environment::{Environment, ParameterGradients};
use crate::kernels::elementwise::AddTo;
use crate::layout::Run;
use crate::plan::builder::Builder;
use crate::plan::graph::Node;
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

    fn build(&self, builder: &mut Builder<'_, T>, buffers: OpBuffers) -> Box<dyn Op<T>> {
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

/// Adds the values of one buffer to those of another of the same shape.
pub(crate) fn add<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    from: BufferId,
    to: BufferId,
) {
    let (source, target, rows) = (shard.layout(from), shard.layout(to), shard.rows(to));
    let ([from], [to]) = shard.borrow([from], [to]);
    for Run { from: at, to: place, len } in source.runs(target, rows) {
        T::dispatch(env.isa, AddTo { values: &from[at..at + len], sums: &mut to[place..place + len] });
    }
}

/// Copies the values of one buffer to another of the same shape.
pub(crate) fn copy<T: Scalar>(shard: &mut Shard<'_, T>, from: BufferId, to: BufferId) {
    let (source, target, rows) = (shard.layout(from), shard.layout(to), shard.rows(to));
    let ([from], [to]) = shard.borrow([from], [to]);
    source.copy(from, target, to, rows);
}

/// Passes a gradient on as it is.
pub(crate) fn pass_on<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    from: BufferId,
    to: Option<Gradient>,
) {
    match to {
        None => {}
        Some(Gradient { buffer, adds: true }) => add(env, shard, from, buffer),
        Some(Gradient { buffer, adds: false }) => copy(shard, from, buffer),
    }
    env.lap(Part::InputGradient);
}
