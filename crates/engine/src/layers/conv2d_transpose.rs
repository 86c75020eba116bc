//! `conv2d_transpose`

use network::Conv2dTranspose;

use super::{Place, Planned};
use crate::geometry::Geometry;
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::linear_plan::LinearNode;
use crate::simd::Scalar;

impl Planned for Conv2dTranspose {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let geometry = Geometry::conv([self.kernel, self.stride], self.padding, place.to, place.from);
        let parameters = graph.parameters(place.name).kernel_and_bias();
        let node = LinearNode { geometry, gathers: false, activation: self.activation, parameters };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}
