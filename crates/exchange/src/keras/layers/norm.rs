//! `group_norm`, `layer_norm`, `batch_norm`

use network::{BatchNorm, GroupNorm, LayerNorm};
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for GroupNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "groups": self.groups, "epsilon": self.epsilon }));
        let y = model.layer("GroupNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}

impl KerasLayers for LayerNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "axis": -1, "epsilon": self.epsilon }));
        let y = model.layer("LayerNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}

impl KerasLayers for BatchNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "momentum": self.momentum, "epsilon": self.epsilon }));
        let y = model.layer("BatchNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta", "moving_mean", "moving_variance"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}

/// γ and β, 1 and 0 where the layer has none, and what else it has.
fn scale_and_shift(
    layer: &KerasLayer<'_>,
    channels: usize,
    more: &[&str],
) -> Result<Vec<(String, Vec<f32>)>, ExchangeError> {
    let (scales, centres) = (layer.config.flag("scale", true), layer.config.flag("center", true));
    let own = [("gamma", scales), ("beta", centres)].into_iter().filter(|(_, is_there)| *is_there);
    let names: Vec<&str> = own.map(|(name, _)| name).chain(more.iter().copied()).collect();
    let mut tensors = layer.tensors(&names)?;
    for (name, is_there, value) in [("gamma", scales, 1.0), ("beta", centres, 0.0)] {
        if !is_there {
            tensors.push((name.into(), vec![value; channels]));
        }
    }
    Ok(tensors)
}

/// `BatchNormalization`
pub fn read_batch(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_last_axis(input.dims.len() + 1)?;
    let tensors =
        scale_and_shift(layer, graph.shape(input.node).pixels().2, &["moving_mean", "moving_variance"])?;
    let norm = BatchNorm {
        momentum: config.number("momentum")?,
        epsilon: config.number("epsilon")?,
        activation: Default::default(),
    };
    layer.put(graph, input, norm, tensors)
}

/// `LayerNormalization`
pub fn read_layer(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_last_axis(input.dims.len() + 1)?;
    if config.flag("rms_scaling", false) {
        return Err(config.refuse("rms_scaling", "here the mean is taken off"));
    }
    let tensors = scale_and_shift(layer, graph.shape(input.node).pixels().2, &[])?;
    let norm = LayerNorm { epsilon: config.number("epsilon")?, activation: Default::default() };
    layer.put(graph, input, norm, tensors)
}

/// `GroupNormalization`; -1 groups are as many as channels.
pub fn read_group(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_last_axis(input.dims.len() + 1)?;
    let channels = graph.shape(input.node).pixels().2;
    let groups = if config.config["groups"] == -1 { channels } else { config.whole("groups")? };
    let tensors = scale_and_shift(layer, channels, &[])?;
    let norm = GroupNorm { groups, epsilon: config.number("epsilon")?, activation: Default::default() };
    layer.put(graph, input, norm, tensors)
}
