//! `residual`, `branches`

use network::{Branches, Merge, Residual, Shape, Shortcut};
use serde_json::Value as Json;

use super::convolution::pair;
use super::{KerasLayers, Shapes, chain, name_of};
use crate::assembly::{Arithmetic, Graph, Merging};
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for Residual {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (name, Shapes { input, output }) = (name_of(path), shapes);
        let (y, _) = chain(&self.layers, model, &format!("{path}.layers"), x.clone(), input);
        let shortcut = match (self.shortcut, output) {
            (Shortcut::Identity, _) => x.clone(),
            (Shortcut::Projection, Shape::Vector(_)) => {
                model.dense(&format!("{name}_shortcut"), path, "shortcut.", x, Default::default())
            }
            (Shortcut::Projection, Shape::Image { .. }) => {
                let stride = pair(Residual::projection_stride(input, output));
                let dims = output.dims();
                model.pointwise(&format!("{name}_shortcut"), (path, "shortcut."), x, stride, &dims)
            }
        };
        let sum = model.layer("Add", &name, Json::Null, Inputs::List(&[y, shortcut]), &output.dims());
        model.activate_after(&name, Some(self.activation), sum)
    }
}

impl KerasLayers for Branches {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let outputs: Vec<KerasTensor> = self
            .branches
            .iter()
            .enumerate()
            .map(|(index, layers)| {
                chain(layers, model, &format!("{path}.branches.{index}"), x.clone(), shapes.input).0
            })
            .collect();
        let class = match self.merge {
            Merge::Add => "Add",
            Merge::Concat => "Concatenate",
        };
        model.layer(class, &name_of(path), Json::Null, Inputs::List(&outputs), &shapes.output.dims())
    }
}

/// `Add`: a sum of layers' outputs, or of constants.
pub fn add(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    merge(layer, graph, inputs, Merging::Add)
}

/// `Multiply`
pub fn multiply(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    merge(layer, graph, inputs, Merging::Multiply)
}

/// `Concatenate`, of channels.
pub fn concatenate(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    layer.config.check_last_axis(inputs[0].dims.len() + 1)?;
    merge(layer, graph, inputs, Merging::Concat)
}

fn merge(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
    how: Merging,
) -> Result<Value, ExchangeError> {
    if layer.constants > 0 || inputs.len() < 2 {
        let what = match how {
            Merging::Multiply => Arithmetic::Scale,
            _ => Arithmetic::Other(layer.class.to_owned()),
        };
        return super::activate::arithmetic(layer, graph, inputs, what);
    }
    let nodes = inputs.iter().map(|value| value.node).collect();
    let node = graph.merge(layer.name(), how, nodes)?;
    let mut dims = inputs[0].dims.clone();
    if let (Merging::Concat, Some(last)) = (how, dims.last_mut()) {
        *last = graph.shape(node).pixels().2;
    }
    Ok(Value { node, dims })
}
