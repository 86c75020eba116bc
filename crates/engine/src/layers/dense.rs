//! `dense`

use network::Dense;

use super::{Place, Planned};
use crate::geometry::Geometry;
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::linear_plan::LinearNode;
use crate::simd::Scalar;

impl Planned for Dense {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let geometry = Geometry::dense(place.from.len(), self.units);
        let parameters = graph.parameters(place.name).kernel_and_bias();
        let node = LinearNode { activation: self.activation, ..LinearNode::new(geometry, parameters) };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}
