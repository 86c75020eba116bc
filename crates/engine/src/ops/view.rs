//! The same values in order under another shape. A copy only where one side has a border, or another reader.

use super::transfer::{copy, pass_on};
use crate::graph::buffers::{Gradient, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::op::Op;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// y = x
pub(crate) struct ViewNode;

struct View {
    /// From x to y; `None` where both are the same memory.
    values: Option<(BufferId, BufferId)>,
    /// From dy to dx, likewise.
    gradients: Option<(BufferId, Gradient)>,
}

impl<T: Scalar> Node<T> for ViewNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn is_view(&self) -> bool {
        true
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, .. }) = (buffers.input(), buffers);
        let differ = |a, b| !builder.workspace.is_same(a, b);
        Box::new(View {
            values: differ(input.x, y).then_some((input.x, y)),
            gradients: input.dx.filter(|dx| differ(dx.buffer, dy)).map(|dx| (dy, dx)),
        })
    }
}

impl<T: Scalar> Op<T> for View {
    fn forward(&self, _env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        if let Some((from, to)) = self.values {
            copy(shard, from, to);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        if let Some((from, to)) = self.gradients {
            pass_on(env, shard, from, Some(to));
        }
    }
}
