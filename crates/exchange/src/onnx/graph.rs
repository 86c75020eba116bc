//! A graph while it is written: nodes in their order, tensors by name. Images are NCHW in it.

use network::{Activation, Shape};

use super::messages::{AttributeProto, FLOAT, INT64, NodeProto, TensorProto};
use crate::parameters::{NamedTensor, Parameters, permuted};

/// A value in the graph: `[batch, n]`, or `[batch, channels, height, width]`.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its name.
    pub name: String,
    /// The shape of one sample, as our layers have it.
    pub shape: Shape,
}

/// A graph while it is written.
pub struct Graph<'a> {
    parameters: &'a Parameters<'a>,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) initializers: Vec<TensorProto>,
}

/// An attribute's value.
pub enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(&'a [i64]),
    Text(&'a str),
}

impl<'a> Graph<'a> {
    /// An empty one, whose layers take their tensors from `parameters`.
    pub fn new(parameters: &'a Parameters<'a>) -> Self {
        Self { parameters, nodes: Vec::new(), initializers: Vec::new() }
    }

    /// Adds an operator with one output, and gives the output's name.
    pub fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute<'_>)]) -> String {
        let output = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        self.named_node(operator, inputs, attributes, &output);
        output
    }

    /// Adds an operator whose output has this name.
    pub fn named_node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute<'_>)],
        output: &str,
    ) {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{operator}_{}", self.nodes.len()),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(|(name, value)| attribute(name, value)).collect(),
            domain: String::new(),
        });
    }

    /// A tensor of the layer at `path`, as it lies.
    pub fn parameter(&mut self, path: &str, name: &str) -> String {
        let name = format!("{path}.{name}");
        let NamedTensor { shape, values } = self.parameters.get(&name);
        self.initializers.push(floats(&name, shape, values));
        name
    }

    /// A tensor of the layer at `path` with its axes in another order.
    pub fn permuted_parameter(&mut self, path: &str, name: &str, order: &[usize]) -> String {
        let name = format!("{path}.{name}");
        let (shape, values) = permuted(self.parameters.get(&name), order);
        self.initializers.push(floats(&name, &shape, &values));
        name
    }

    /// A tensor of the layer at `path` in another shape.
    pub fn reshaped_parameter(&mut self, path: &str, name: &str, shape: &[usize]) -> String {
        let name = format!("{path}.{name}");
        let values = self.parameters.get(&name).values;
        self.initializers.push(floats(&name, shape, values));
        name
    }

    /// The only value of a tensor of one number.
    pub fn number(&self, name: &str) -> f32 {
        self.parameters.get(name).values[0]
    }

    /// A constant of whole numbers.
    pub fn ints(&mut self, values: &[i64]) -> String {
        let name = format!("constant_{}", self.initializers.len());
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let dims = vec![values.len() as i64];
        let tensor =
            TensorProto { dims, data_type: INT64, name: name.clone(), raw_data, ..TensorProto::default() };
        self.initializers.push(tensor);
        name
    }

    /// A constant of numbers in this shape.
    pub fn floats(&mut self, shape: &[usize], values: &[f32]) -> String {
        let name = format!("constant_{}", self.initializers.len());
        self.initializers.push(floats(&name, shape, values));
        name
    }

    /// x · kernel + bias of vectors; the tensors' names begin with `prefix`.
    pub fn affine(&mut self, path: &str, prefix: &str, x: &str) -> String {
        let kernel = self.parameter(path, &format!("{prefix}kernel"));
        let bias = self.parameter(path, &format!("{prefix}bias"));
        self.node("Gemm", &[x, &kernel, &bias], &[])
    }

    /// `x` after an activation.
    pub fn activate(&mut self, activation: Activation, x: String) -> String {
        let plain = |graph: &mut Self, operator| graph.node(operator, &[&x], &[]);
        match activation {
            Activation::Linear => x,
            Activation::Relu => plain(self, "Relu"),
            Activation::LeakyRelu { slope } => {
                self.node("LeakyRelu", &[&x], &[("alpha", Attribute::Float(slope))])
            }
            Activation::Elu { alpha } => self.node("Elu", &[&x], &[("alpha", Attribute::Float(alpha))]),
            Activation::Silu => {
                let gate = plain(self, "Sigmoid");
                self.node("Mul", &[&x, &gate], &[])
            }
            // x Φ(x); the operator Gelu came with opset 20.
            Activation::Gelu => {
                let root = self.floats(&[], &[std::f32::consts::FRAC_1_SQRT_2]);
                let (half, one) = (self.floats(&[], &[0.5]), self.floats(&[], &[1.0]));
                let scaled = self.node("Mul", &[&x, &root], &[]);
                let erf = self.node("Erf", &[&scaled], &[]);
                let shifted = self.node("Add", &[&erf, &one], &[]);
                let part = self.node("Mul", &[&shifted, &half], &[]);
                self.node("Mul", &[&x, &part], &[])
            }
            Activation::Tanh => plain(self, "Tanh"),
            Activation::Sigmoid => plain(self, "Sigmoid"),
            Activation::Softplus => plain(self, "Softplus"),
        }
    }

    /// An image's values as a vector, in the order of our layers: channels fastest.
    pub fn flat(&mut self, x: &Value) -> String {
        match x.shape {
            Shape::Vector(_) => x.name.clone(),
            Shape::Image { .. } => {
                let last = self.channels_last(&x.name);
                self.node("Flatten", &[&last], &[])
            }
        }
    }

    /// A vector's values as an image.
    pub fn image(&mut self, x: &str, shape: Shape) -> String {
        let (height, width, channels) = shape.pixels();
        let sides = self.ints(&[0, height as i64, width as i64, channels as i64]);
        let last = self.node("Reshape", &[x, &sides], &[]);
        self.channels_first(&last)
    }

    /// NCHW to NHWC.
    pub fn channels_last(&mut self, x: &str) -> String {
        self.node("Transpose", &[x], &[("perm", Attribute::Ints(&[0, 2, 3, 1]))])
    }

    /// NHWC to NCHW.
    pub fn channels_first(&mut self, x: &str) -> String {
        self.node("Transpose", &[x], &[("perm", Attribute::Ints(&[0, 3, 1, 2]))])
    }
}

fn attribute(name: &str, value: &Attribute<'_>) -> AttributeProto {
    let named = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match value {
        Attribute::Float(f) => AttributeProto { f: Some(*f), r#type: 1, ..named },
        Attribute::Int(i) => AttributeProto { i: Some(*i), r#type: 2, ..named },
        Attribute::Text(s) => AttributeProto { s: Some(s.as_bytes().to_vec()), r#type: 3, ..named },
        Attribute::Ints(ints) => AttributeProto { ints: ints.to_vec(), r#type: 7, ..named },
    }
}

fn floats(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|n| *n as i64).collect(),
        data_type: FLOAT,
        name: name.to_owned(),
        raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}
