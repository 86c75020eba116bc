//! `flatten`, `reshape`

use network::{Flatten, Reshape, Shape};

use super::Operators;
use crate::onnx::graph::{Graph, Value};

impl Operators for Flatten {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, _output: Shape) -> String {
        graph.flat(x)
    }
}

impl Operators for Reshape {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, output: Shape) -> String {
        let flat = graph.flat(x);
        match output {
            Shape::Vector(_) => flat,
            Shape::Image { .. } => graph.image(&flat, output),
        }
    }
}
