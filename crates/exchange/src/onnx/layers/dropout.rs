//! `dropout`: nothing, outside training

use network::{Dropout, Shape};

use super::Operators;
use crate::onnx::graph::{Graph, Value};

impl Operators for Dropout {
    fn write(&self, _graph: &mut Graph<'_>, _path: &str, x: &Value, _output: Shape) -> String {
        x.name.clone()
    }
}
