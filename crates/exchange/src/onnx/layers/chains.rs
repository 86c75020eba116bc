//! `residual`, `branches`

use network::{Branches, Merge, Residual, Shape, Shortcut};

use super::convolution::pair;
use super::{Operators, chain};
use crate::onnx::graph::Attribute::{Int, Ints};
use crate::onnx::graph::{Graph, Value};

impl Operators for Residual {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, output: Shape) -> String {
        let y = chain(&self.layers, graph, &format!("{path}.layers"), x.clone());
        let shortcut = match (self.shortcut, output) {
            (Shortcut::Identity, _) => x.name.clone(),
            (Shortcut::Projection, Shape::Vector(_)) => graph.affine(path, "shortcut.", &x.name),
            (Shortcut::Projection, Shape::Image { .. }) => {
                let kernel = graph.permuted_parameter(path, "shortcut.kernel", &[3, 2, 0, 1]);
                let bias = graph.parameter(path, "shortcut.bias");
                let stride = pair(Residual::projection_stride(x.shape, output));
                let attributes = [("kernel_shape", Ints(&[1, 1])), ("strides", Ints(&stride))];
                graph.node("Conv", &[&x.name, &kernel, &bias], &attributes)
            }
        };
        let sum = graph.node("Add", &[&y.name, &shortcut], &[]);
        graph.activate(self.activation, sum)
    }
}

impl Operators for Branches {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let outputs: Vec<String> = self
            .branches
            .iter()
            .enumerate()
            .map(|(index, layers)| chain(layers, graph, &format!("{path}.branches.{index}"), x.clone()).name)
            .collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        match self.merge {
            Merge::Add => graph.node("Sum", &outputs, &[]),
            Merge::Concat => graph.node("Concat", &outputs, &[("axis", Int(1))]),
        }
    }
}
