//! How every layer of [`network::Layer`] is computed: a file for each, with the operations that are its own.

mod activate;
mod attention;
mod batch_norm;
mod branches;
mod conv2d;
mod conv2d_transpose;
mod dense;
mod dropout;
mod gamma_beta;
mod gated_dense;
mod group_norm;
mod layer_norm;
mod pool;
mod reshape;
mod residual;
mod upsample;

use network::{Layer, Shape};

use crate::graph::nodes::{Graph, ValueId};
use crate::simd::Scalar;

/// A layer that a plan can be made of.
trait Planned {
    /// Adds its nodes to the graph.
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId;
}

/// Where a layer stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Its path, with which the names of its tensors begin.
    name: &'a str,
    input: ValueId,
    /// The shapes that it takes and gives.
    from: Shape,
    to: Shape,
}

/// Adds layers one after the other; gives the last one's value.
pub(crate) fn chain<T: Scalar>(
    graph: &mut Graph<T>,
    path: &str,
    layers: &[Layer],
    input: ValueId,
) -> ValueId {
    layers.iter().enumerate().fold(input, |input, (index, layer)| {
        let from = graph.values[input].shape;
        let to = layer.output_shape(from).expect("the network was checked");
        plan(layer, graph, Place { name: &format!("{path}.{index}"), input, from, to })
    })
}

macro_rules! each_layer {
    ($($layer:ident, $kind:literal;)*) => {
        fn plan<T: Scalar>(layer: &Layer, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
            match layer { $(Layer::$layer(layer) => layer.plan(graph, place),)* }
        }
    };
}

network::layers!(each_layer);
