//! What each layer is in ONNX, opset 18.

mod activate;
mod attention;
mod chains;
mod convolution;
mod dense;
mod dropout;
mod norm;
mod pool;
mod shape;
mod upsample;

use network::*;

use super::graph::{Graph, Value};

/// A layer as operators.
trait Operators {
    /// Adds them to `graph` behind `x`; `path` is the layer's place, before the names of its tensors. Gives the name of their
    /// output, which has the shape `output`.
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, output: Shape) -> String;
}

macro_rules! write {
    ($($layer:ident, $kind:literal;)*) => {
        fn write(layer: &Layer, graph: &mut Graph<'_>, path: &str, x: &Value, output: Shape) -> String {
            match layer { $(Layer::$layer(layer) => layer.write(graph, path, x, output),)* }
        }
    };
}

network::layers!(write);

/// Layers one after the other.
pub fn chain(layers: &[Layer], graph: &mut Graph<'_>, path: &str, x: Value) -> Value {
    layers.iter().enumerate().fold(x, |x, (index, layer)| {
        let shape = layer.output_shape(x.shape).expect("the network was checked");
        let name = write(layer, graph, &format!("{path}.{index}"), &x, shape);
        Value { name, shape }
    })
}
