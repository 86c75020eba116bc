//! `activation`

use network::Activate;

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::{Arithmetic, Graph};
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, KerasTensor};
use crate::keras::reading::{KerasLayer, Value, activation_layer};

impl KerasLayers for Activate {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        model.activate(&name_of(path), self.activation, x)
    }
}

/// `Activation`, `LeakyReLU`, `ELU`, `ReLU`, and the operations of the same names.
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    if layer.class == "Activation" && layer.config.config["activation"] == "exponential" {
        return exponential(layer, graph, inputs);
    }
    let Some(activation) = activation_layer(layer.class, layer.config.config) else {
        layer.config.activation()?; // names an unknown one, and the known ones
        return Err(ExchangeError::read(format!(
            "{}: there is no activation with these numbers here",
            layer.name()
        )));
    };
    layer.put(graph, input, Activate { activation }, Vec::new())
}

/// eˣ, which only the drawing of codes has.
pub fn exponential(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    arithmetic(layer, graph, inputs, Arithmetic::Exp)
}

/// √x
pub fn root(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    arithmetic(layer, graph, inputs, Arithmetic::Sqrt)
}

/// A value divided by something.
pub fn scale(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    arithmetic(layer, graph, inputs, Arithmetic::Scale)
}

/// `Rescaling`, whose 1/255 at the start is no part of the net: pixels are in [0, 1] here.
pub fn rescale(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    let number = |key: &str| layer.config.config[key].as_f64();
    let is_of_bytes = number("scale").is_some_and(|scale| (scale * 255.0 - 1.0).abs() < 1e-6);
    if graph.is_input(input.node) && is_of_bytes && number("offset").is_none_or(|offset| offset == 0.0) {
        return Ok(input.clone());
    }
    arithmetic(layer, graph, inputs, Arithmetic::Scale)
}

/// An operation that no layer here does.
pub fn arithmetic(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
    what: Arithmetic,
) -> Result<Value, ExchangeError> {
    let nodes = inputs.iter().map(|value| value.node).collect();
    let node = graph.arithmetic(layer.name(), what, nodes, graph.shape(inputs[0].node))?;
    Ok(Value { node, dims: inputs[0].dims.clone() })
}
