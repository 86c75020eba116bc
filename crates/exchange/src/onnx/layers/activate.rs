//! `activation`

use network::{Activate, Shape};

use super::Operators;
use crate::onnx::graph::{Graph, Value};

impl Operators for Activate {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, _output: Shape) -> String {
        graph.activate(self.activation, x.name.clone())
    }
}
