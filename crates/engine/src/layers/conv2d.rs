//! `conv2d`

use network::{Conv2d, ConvPadding, Padding, Pair, Shape, padding_before, padding_total};

use super::{Place, Planned};
use crate::geometry::Geometry;
use crate::graph::nodes::{Graph, ValueId};
use crate::ops::linear_plan::LinearNode;
use crate::ops::reflect::ReflectNode;
use crate::simd::Scalar;

impl Planned for Conv2d {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let parameters = graph.parameters(place.name).kernel_and_bias();
        let (input, from, padding) = match self.padding {
            ConvPadding::Reflect => {
                let (node, padded) = self.reflection(place);
                (graph.add(place.name, Box::new(node), &[place.input], padded), padded, Padding::Valid)
            }
            padding => (place.input, place.from, padding.windows()),
        };
        let geometry = Geometry::conv([self.kernel, self.stride], padding, from, place.to);
        let node = LinearNode { activation: self.activation, ..LinearNode::new(geometry, parameters) };
        graph.add(place.name, Box::new(node), &[input], place.to)
    }
}

trait Reflection {
    fn reflection(&self, place: Place<'_>) -> (ReflectNode, Shape);
}

impl Reflection for Conv2d {
    /// The image with as much of its reflection around it as the windows cover.
    fn reflection(&self, Place { from, to, .. }: Place<'_>) -> (ReflectNode, Shape) {
        let ((height, width, channels), (rows, columns, _)) = (from.pixels(), to.pixels());
        let axis = |n, out, size, stride| {
            let before = padding_before(n, out, size, stride, Padding::Same);
            (before, n + padding_total(n, out, size, stride))
        };
        let (top, padded_height) = axis(height, rows, self.kernel.rows, self.stride.rows);
        let (left, padded_width) = axis(width, columns, self.kernel.columns, self.stride.columns);
        let padded = Shape::image(padded_height, padded_width, channels);
        (ReflectNode { before: Pair { rows: top, columns: left }, from, to: padded }, padded)
    }
}
