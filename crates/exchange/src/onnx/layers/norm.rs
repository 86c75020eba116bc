//! `group_norm`, `layer_norm`, `batch_norm`

use network::{BatchNorm, GroupNorm, LayerNorm, Shape};

use super::Operators;
use crate::onnx::graph::Attribute::{Float, Int};
use crate::onnx::graph::{Graph, Value};

/// In plain operators: GroupNormalization has one scale for each group until opset 21, and the variance of an
/// InstanceNormalization is not exact everywhere.
impl Operators for GroupNorm {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let (height, width, channels) = x.shape.pixels();
        let sides = graph.ints(&[0, self.groups as i64, -1]);
        let by_group = graph.node("Reshape", &[&x.name, &sides], &[]);
        let axis = graph.ints(&[2]);
        let mean = graph.node("ReduceMean", &[&by_group, &axis], &[]);
        let centred = graph.node("Sub", &[&by_group, &mean], &[]);
        let squares = graph.node("Mul", &[&centred, &centred], &[]);
        let variance = graph.node("ReduceMean", &[&squares, &axis], &[]);
        let epsilon = graph.floats(&[], &[self.epsilon]);
        let positive = graph.node("Add", &[&variance, &epsilon], &[]);
        let deviation = graph.node("Sqrt", &[&positive], &[]);
        let standard = graph.node("Div", &[&centred, &deviation], &[]);
        let (sides, of_channels) = match x.shape {
            Shape::Vector(n) => (vec![0, n as i64], vec![channels]),
            Shape::Image { .. } => {
                (vec![0, channels as i64, height as i64, width as i64], vec![channels, 1, 1])
            }
        };
        let sides = graph.ints(&sides);
        let back = graph.node("Reshape", &[&standard, &sides], &[]);
        let gamma = graph.reshaped_parameter(path, "gamma", &of_channels);
        let beta = graph.reshaped_parameter(path, "beta", &of_channels);
        let scaled = graph.node("Mul", &[&back, &gamma], &[]);
        let shifted = graph.node("Add", &[&scaled, &beta], &[]);
        graph.activate(self.activation, shifted)
    }
}

impl Operators for LayerNorm {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let (gamma, beta) = (graph.parameter(path, "gamma"), graph.parameter(path, "beta"));
        let norm = [("axis", Int(-1)), ("epsilon", Float(self.epsilon))];
        let y = match x.shape {
            Shape::Vector(_) => graph.node("LayerNormalization", &[&x.name, &gamma, &beta], &norm),
            Shape::Image { .. } => {
                let last = graph.channels_last(&x.name);
                let y = graph.node("LayerNormalization", &[&last, &gamma, &beta], &norm);
                graph.channels_first(&y)
            }
        };
        graph.activate(self.activation, y)
    }
}

impl Operators for BatchNorm {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let [gamma, beta, mean, variance] =
            ["gamma", "beta", "moving_mean", "moving_variance"].map(|name| graph.parameter(path, name));
        let inputs = [x.name.as_str(), &gamma, &beta, &mean, &variance];
        let y = graph.node("BatchNormalization", &inputs, &[("epsilon", Float(self.epsilon))]);
        graph.activate(self.activation, y)
    }
}
