//! `self_attention`

use network::{SelfAttention, Shape};

use super::Operators;
use crate::onnx::graph::Attribute::{Int, Ints};
use crate::onnx::graph::{Graph, Value};

impl Operators for SelfAttention {
    fn write(&self, graph: &mut Graph<'_>, path: &str, x: &Value, _output: Shape) -> String {
        let (height, width, channels) = x.shape.pixels();
        let (heads, size) = (self.heads, self.key_size(channels));
        let inner = heads * size;
        let last = graph.channels_last(&x.name);
        let pixels = graph.ints(&[0, -1, channels as i64]);
        let pixels = graph.node("Reshape", &[&last, &pixels], &[]); // [batch, pixels, channels]
        let split = graph.ints(&[0, 0, heads as i64, size as i64]);
        let project = |graph: &mut Graph<'_>, name: &str, order: &[i64]| {
            let kernel = graph.reshaped_parameter(path, &format!("{name}.kernel"), &[channels, inner]);
            let bias = graph.reshaped_parameter(path, &format!("{name}.bias"), &[inner]);
            let product = graph.node("MatMul", &[&pixels, &kernel], &[]);
            let sum = graph.node("Add", &[&product, &bias], &[]);
            let by_head = graph.node("Reshape", &[&sum, &split], &[]); // [batch, pixels, heads, size]
            graph.node("Transpose", &[&by_head], &[("perm", Ints(order))])
        };
        let query = project(graph, "query", &[0, 2, 1, 3]); // [batch, heads, pixels, size]
        let key = project(graph, "key", &[0, 2, 3, 1]); // [batch, heads, size, pixels]
        let value = project(graph, "value", &[0, 2, 1, 3]);
        let scale = graph.floats(&[], &[1.0 / (size as f32).sqrt()]);
        let query = graph.node("Mul", &[&query, &scale], &[]);
        let scores = graph.node("MatMul", &[&query, &key], &[]); // [batch, heads, pixels, pixels]
        let weights = graph.node("Softmax", &[&scores], &[("axis", Int(-1))]);
        let mixed = graph.node("MatMul", &[&weights, &value], &[]);
        let mixed = graph.node("Transpose", &[&mixed], &[("perm", Ints(&[0, 2, 1, 3]))]);
        let together = graph.ints(&[0, 0, inner as i64]);
        let mixed = graph.node("Reshape", &[&mixed, &together], &[]); // [batch, pixels, heads · size]
        let kernel = graph.reshaped_parameter(path, "output.kernel", &[inner, channels]);
        let bias = graph.parameter(path, "output.bias");
        let product = graph.node("MatMul", &[&mixed, &kernel], &[]);
        let sum = graph.node("Add", &[&product, &bias], &[]);
        graph.image(&sum, Shape::image(height, width, channels))
    }
}
