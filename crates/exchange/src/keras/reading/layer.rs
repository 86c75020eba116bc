//! A layer of a file, as its reader sees it.

use network::{Activation, Shape};
use serde_json::Value as Json;

use super::configuration::Configuration;
use super::variables::Variables;
use crate::assembly::{Graph, NodeId};
use crate::error::ExchangeError;

/// A tensor of the model, as Keras has it.
#[derive(Clone, Debug)]
pub struct Value {
    /// What gives it.
    pub node: NodeId,
    /// Its axes, without the batch.
    pub dims: Vec<usize>,
}

/// A layer of a file.
#[derive(Clone, Copy)]
pub struct KerasLayer<'a> {
    /// What it is called in messages, and its configuration.
    pub config: Configuration<'a>,
    /// `Conv2D`
    pub class: &'a str,
    /// Where its variables lie.
    pub path: &'a str,
    /// The variables of the file.
    pub variables: &'a Variables,
    /// Constants among its arguments, where it is an operation.
    pub constants: usize,
}

/// The shape that we have for axes of Keras: of two axes, the first is rows of one pixel, and the second their channels.
pub fn shape_of(dims: &[usize]) -> Option<Shape> {
    match *dims {
        [n] => Some(Shape::Vector(n)),
        [rows, channels] => Some(Shape::image(rows, 1, channels)),
        [height, width, channels] => Some(Shape::image(height, width, channels)),
        _ => None,
    }
}

impl KerasLayer<'_> {
    /// What it is called in messages.
    pub fn name(&self) -> &str {
        self.config.name
    }

    /// Its variables 0, 1, …, under `names`.
    ///
    /// # Errors
    /// If one is missing.
    pub fn tensors(&self, names: &[&str]) -> Result<Vec<(String, Vec<f32>)>, ExchangeError> {
        let one = |(number, name): (usize, &&str)| {
            Ok(((*name).to_owned(), self.tensor(&format!("vars/{number}"))?))
        };
        names.iter().enumerate().map(one).collect()
    }

    /// One of its variables.
    ///
    /// # Errors
    /// If it is missing.
    pub fn tensor(&self, part: &str) -> Result<Vec<f32>, ExchangeError> {
        let path = format!("{}/{part}", self.path);
        match self.variables.get(&path)? {
            Some(values) => Ok(values),
            None => {
                Err(ExchangeError::read(format!("{}: its weights, {path}, are not in the file", self.name())))
            }
        }
    }

    /// Kernel and bias; a bias that the layer does not use is 0.
    pub fn kernel_and_bias(&self, outputs: usize) -> Result<Vec<(String, Vec<f32>)>, ExchangeError> {
        if self.config.flag("use_bias", true) {
            return self.tensors(&["kernel", "bias"]);
        }
        let mut tensors = self.tensors(&["kernel"])?;
        tensors.push(("bias".into(), vec![0.0; outputs]));
        Ok(tensors)
    }

    /// Its one input.
    ///
    /// # Errors
    /// If it takes several.
    pub fn only<'v>(&self, inputs: &'v [Value]) -> Result<&'v Value, ExchangeError> {
        match inputs {
            [one] => Ok(one),
            _ => Err(ExchangeError::read(format!("{}: takes {} values, not one", self.name(), inputs.len()))),
        }
    }

    /// A layer of ours with nothing to be said of its axes: it gives what ours gives.
    pub fn put(
        &self,
        graph: &mut Graph,
        input: &Value,
        layer: impl Into<network::Layer>,
        tensors: Vec<(String, Vec<f32>)>,
    ) -> Result<Value, ExchangeError> {
        let node = graph.layer(self.name(), input.node, layer, tensors)?;
        let shape = graph.shape(node);
        let dims = match input.dims.len() {
            2 if matches!(shape, Shape::Image { width: 1, .. }) => vec![shape.pixels().0, shape.pixels().2],
            _ => shape.dims(),
        };
        Ok(Value { node, dims })
    }

    /// The activation behind a layer.
    pub fn activated(
        &self,
        graph: &mut Graph,
        x: Value,
        activation: Activation,
    ) -> Result<Value, ExchangeError> {
        if activation.is_linear() {
            return Ok(x);
        }
        let node = graph.layer(self.name(), x.node, network::Activate { activation }, Vec::new())?;
        Ok(Value { node, dims: x.dims })
    }

    /// The values under other axes.
    pub fn reshaped(&self, graph: &mut Graph, x: &Value, dims: Vec<usize>) -> Result<Value, ExchangeError> {
        let shape = shape_of(&dims).ok_or_else(|| {
            ExchangeError::read(format!("{}: values of {} axes are none here", self.name(), dims.len()))
        })?;
        if graph.shape(x.node) == shape {
            return Ok(Value { node: x.node, dims });
        }
        let node = match shape {
            Shape::Vector(_) if shape.len() == graph.shape(x.node).len() => {
                graph.layer(self.name(), x.node, network::Flatten {}, Vec::new())?
            }
            shape => graph.layer(self.name(), x.node, network::Reshape { shape }, Vec::new())?,
        };
        Ok(Value { node, dims })
    }
}

/// Axes of a JSON list without the batch.
pub fn dims_of(list: &Json) -> Option<Vec<usize>> {
    let list = list.as_array()?;
    let known = |n: &Json| n.as_u64().and_then(|n| usize::try_from(n).ok());
    list.get(1..)?.iter().map(known).collect()
}
