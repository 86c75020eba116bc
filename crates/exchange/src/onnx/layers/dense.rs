//! `dense`, `gated_dense`

use network::{Dense, GatedDense, Shape};

use super::Operators;
use crate::onnx::graph::{Graph, Value};

impl Operators for Dense {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let y = graph.affine(path, "", &x.name);
        graph.activate(self.activation, y)
    }
}

impl Operators for GatedDense {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let value = graph.affine(path, "value.", &x.name);
        let value = graph.activate(self.activation, value);
        let gate = graph.affine(path, "gate.", &x.name);
        let gate = graph.node("Sigmoid", &[&gate], &[]);
        graph.node("Mul", &[&value, &gate], &[])
    }
}
