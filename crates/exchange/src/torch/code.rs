//! A module while it is written: what its constructor makes, what its `forward` does, and the tensors behind it.

use network::{Activation, Shape};

use crate::parameters::{NamedTensor, Parameters, permuted};

/// A tensor of the state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct StateTensor {
    /// `encoder.conv2d_0.weight`
    pub name: String,
    /// In PyTorch's layout.
    pub shape: Vec<usize>,
    /// What it holds.
    pub values: StateValues,
}

/// What a tensor of a state dict holds.
#[derive(Clone, Debug, PartialEq)]
pub enum StateValues {
    /// Row-major.
    Floats(Vec<f32>),
    /// A counter, a tensor without axes.
    Count(i64),
}

/// A module while it is written. In `forward` the present value is always `x`.
pub struct Code<'a> {
    parameters: &'a Parameters<'a>,
    /// What the state dict puts before the names of its tensors: `encoder.`.
    prefix: &'static str,
    pub(super) constructor: Vec<String>,
    pub(super) forward: Vec<String>,
    pub(super) tensors: Vec<StateTensor>,
}

/// Names in Python, made of the layer's place: `conv2d_3_layers_0`.
fn identifier(kind: &str, path: &str) -> String {
    let place = path.split_once('.').map_or(path, |(_, place)| place);
    format!("{kind}_{}", place.replace('.', "_"))
}

impl<'a> Code<'a> {
    /// An empty one, whose layers take their tensors from `parameters`.
    pub fn new(parameters: &'a Parameters<'a>, prefix: &'static str) -> Self {
        Self { parameters, prefix, constructor: Vec::new(), forward: Vec::new(), tensors: Vec::new() }
    }

    /// Adds a submodule made by `make`, and gives its name.
    pub fn module(&mut self, kind: &str, path: &str, make: String) -> String {
        let name = identifier(kind, path);
        self.constructor.push(format!("self.{name} = {make}"));
        name
    }

    /// Adds a line of `forward`.
    pub fn line(&mut self, line: impl Into<String>) {
        self.forward.push(line.into());
    }

    /// A name for a value beside `x`.
    pub fn variable(&self, kind: &str, path: &str) -> String {
        identifier(kind, path)
    }

    /// Has tensor `tensor` of the layer at `path` in the state dict as `module.state`, its axes in the order `axes`.
    pub fn state(&mut self, path: &str, tensor: &str, axes: &[usize], module: &str, state: &str) {
        let (shape, values) = permuted(self.parameters.get(&format!("{path}.{tensor}")), axes);
        self.push(module, state, shape, StateValues::Floats(values));
    }

    fn push(&mut self, module: &str, state: &str, shape: Vec<usize>, values: StateValues) {
        self.tensors.push(StateTensor { name: format!("{}{module}.{state}", self.prefix), shape, values });
    }

    /// Has a counter in the state dict, which stands at 0.
    pub fn counter(&mut self, module: &str, state: &str) {
        self.push(module, state, Vec::new(), StateValues::Count(0));
    }

    /// The same with a tensor whose axes are joined to `[rows, columns]`, transposed; a bias keeps one axis.
    pub fn joined(&mut self, path: &str, tensor: &str, shape: [usize; 2], module: &str, state: &str) {
        let values = self.parameters.get(&format!("{path}.{tensor}")).values;
        let (mut shape, values) = permuted(NamedTensor { shape: &shape, values }, &[1, 0]);
        if shape[1] == 1 && state == "bias" {
            shape.pop();
        }
        self.push(module, state, shape, StateValues::Floats(values));
    }

    /// A tensor of the layer at `path`.
    pub fn tensor(&self, path: &str, name: &str) -> NamedTensor<'_> {
        self.parameters.get(&format!("{path}.{name}"))
    }

    /// A linear module with the tensors of `path` that begin with `prefix`; gives its name.
    pub fn linear(&mut self, kind: &str, path: &str, prefix: &str) -> String {
        let shape = self.tensor(path, &format!("{prefix}kernel")).shape;
        let make = format!("nn.Linear({}, {})", shape[0], shape[1]);
        let module = self.module(kind, path, make);
        self.state(path, &format!("{prefix}kernel"), &[1, 0], &module, "weight");
        self.state(path, &format!("{prefix}bias"), &[0], &module, "bias");
        module
    }

    /// Applies an activation to `x`.
    pub fn activate(&mut self, activation: Activation) {
        if let Some(call) = call(activation, "x") {
            self.line(format!("x = {call}"));
        }
    }

    /// Makes a vector of an image, in the order of our layers: channels fastest.
    pub fn flatten(&mut self, shape: Shape) {
        if let Shape::Image { .. } = shape {
            self.line("x = x.permute(0, 2, 3, 1).flatten(1)  # height, width, channels");
        }
    }

    /// Makes an image of a vector.
    pub fn image(&mut self, shape: Shape) {
        let (height, width, channels) = shape.pixels();
        self.line(format!("x = x.reshape(-1, {height}, {width}, {channels}).permute(0, 3, 1, 2)"));
    }
}

/// The activation of the expression `x`; `None` for the linear one.
pub fn call(activation: Activation, x: &str) -> Option<String> {
    Some(match activation {
        Activation::Linear => return None,
        Activation::Relu => format!("F.relu({x})"),
        Activation::LeakyRelu { slope } => format!("F.leaky_relu({x}, {slope:?})"),
        Activation::Elu { alpha } => format!("F.elu({x}, {alpha:?})"),
        Activation::Silu => format!("F.silu({x})"),
        Activation::Gelu => format!("F.gelu({x})"),
        Activation::Tanh => format!("torch.tanh({x})"),
        Activation::Sigmoid => format!("torch.sigmoid({x})"),
        Activation::Softplus => format!("F.softplus({x})"),
    })
}
