//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`

use network::{AveragePool, GlobalAveragePool, MaxPool, Padding, Pair, Shape};

use super::Operators;
use super::convolution::{pads, pair};
use crate::border::Border;
use crate::onnx::graph::Attribute::{Int, Ints};
use crate::onnx::graph::{Graph, Value};

/// Windows of a pool; padding takes no part in either.
fn pool(
    graph: &mut Graph<'_>,
    operator: &str,
    x: &Value,
    output: Shape,
    (size, stride, padding): (Pair, Option<Pair>, Padding),
) -> String {
    let stride = stride.unwrap_or(size);
    let pads = pads(Border::of(x.shape, output, size, stride, padding));
    let (size, stride) = (pair(size), pair(stride));
    let mut attributes =
        vec![("kernel_shape", Ints(&size)), ("strides", Ints(&stride)), ("pads", Ints(&pads))];
    if operator == "AveragePool" {
        attributes.push(("count_include_pad", Int(0)));
    }
    graph.node(operator, &[&x.name], &attributes)
}

impl Operators for MaxPool {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, output: Shape) -> String {
        pool(graph, "MaxPool", x, output, (self.size, self.stride, self.padding))
    }
}

impl Operators for AveragePool {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, output: Shape) -> String {
        pool(graph, "AveragePool", x, output, (self.size, self.stride, self.padding))
    }
}

impl Operators for GlobalAveragePool {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, _output: Shape) -> String {
        let mean = graph.node("GlobalAveragePool", &[&x.name], &[]);
        graph.node("Flatten", &[&mean], &[])
    }
}
