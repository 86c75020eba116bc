//! One layer as the page computes it, and its place in the network: shapes, tensors.

use network::{Activation, Pair, ParameterView, Residual, Shape};
use serde::Serialize;
use serde_json::{Value, json};

/// One layer: its name in recipes, its shapes, and what else it needs.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// The layer's name in recipes.
    pub kind: &'static str,
    /// Shape of what it takes.
    pub input: Shape,
    /// Shape of what it gives.
    pub output: Shape,
    /// Numbers, places of tensors, operations inside it.
    #[serde(flatten)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// A layer's place: what its tensors' names begin with, and the shapes on both sides.
pub struct Place<'a> {
    pub views: &'a [ParameterView],
    pub path: String,
    pub input: Shape,
    pub output: Shape,
}

impl Place<'_> {
    /// Where a tensor begins in the list of floats, and its shape.
    pub fn tensor(&self, name: &str) -> Value {
        let name = format!("{}.{name}", self.path);
        let view = self.views.iter().find(|view| view.name == name);
        let view = view.unwrap_or_else(|| unreachable!("{name}: the views are those of the network"));
        json!({ "offset": view.range.start, "shape": view.shape })
    }

    /// Kernel and bias whose names begin with `prefix`.
    pub fn affine(&self, prefix: &str) -> Value {
        json!({ "kernel": self.tensor(&format!("{prefix}kernel")), "bias": self.tensor(&format!("{prefix}bias")) })
    }

    /// From the input's channels to the output's: a dense layer for vectors, a convolution of 1 × 1 for images.
    pub fn projection(&self, prefix: &str) -> Operation {
        let (kind, mut fields) = match (self.input, self.output) {
            (Shape::Image { .. }, Shape::Image { .. }) => {
                let stride = Residual::projection_stride(self.input, self.output);
                ("conv2d", json!({ "stride": pair(stride), "padding": [0, 0], "reflects": false }))
            }
            _ => ("dense", json!({})),
        };
        fields["kernel"] = self.tensor(&format!("{prefix}kernel"));
        fields["bias"] = self.tensor(&format!("{prefix}bias"));
        fields["activation"] = activation(Activation::Linear);
        self.operation(kind, fields)
    }

    /// The operation of these `fields`, an object.
    pub fn operation(&self, kind: &'static str, fields: Value) -> Operation {
        let Value::Object(fields) = fields else { unreachable!("{kind} gives {fields}") };
        Operation { kind, input: self.input, output: self.output, fields }
    }
}

/// Its name, and its parameter: the slope or α where there is one, else 0.
pub fn activation(activation: Activation) -> Value {
    let parameter = match activation {
        Activation::LeakyRelu { slope } => slope,
        Activation::Elu { alpha } => alpha,
        Activation::Linear
        | Activation::Relu
        | Activation::Silu
        | Activation::Gelu
        | Activation::Tanh
        | Activation::Sigmoid
        | Activation::Softplus => 0.0,
    };
    json!({ "name": activation.name(), "parameter": parameter })
}

/// [rows, columns]
pub fn pair(pair: Pair) -> Value {
    json!([pair.rows, pair.columns])
}
