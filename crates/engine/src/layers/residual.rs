//! `residual`

use network::{Residual, Shortcut};

use super::{Place, Planned, chain};
use crate::geometry::Geometry;
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::add::AddNode;
use crate::ops::linear_plan::LinearNode;
use crate::simd::Scalar;

impl Planned for Residual {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let Place { name, input, from, to } = place;
        let layers = chain(graph, &format!("{name}.layers"), &self.layers, input);
        let shortcut = match self.shortcut {
            Shortcut::Identity => input,
            Shortcut::Projection => {
                let stride = Residual::projection_stride(from, to);
                let geometry = Geometry::pointwise(from, stride, to);
                let name = format!("{name}.shortcut");
                let node = LinearNode::new(geometry, graph.parameters(&name).kernel_and_bias());
                graph.add(&name, Box::new(node), &[input], to)
            }
        };
        graph.add(name, Box::new(AddNode { activation: self.activation }), &[layers, shortcut], to)
    }
}
