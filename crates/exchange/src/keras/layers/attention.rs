//! `self_attention`

use network::{MAX_VALUES, SelfAttention};
use serde_json::{Value as Json, json};

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for SelfAttention {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (height, width, channels) = shapes.input.pixels();
        let name = name_of(path);
        let pixels = [height * width, channels];
        let config = json!({ "target_shape": pixels });
        let flat = model.layer("Reshape", &format!("{name}_pixels"), config, Inputs::One(x), &pixels);
        let config = json!({ "num_heads": self.heads, "key_dim": self.key_size(channels) });
        let both = [flat.clone(), flat];
        let y = model.layer("MultiHeadAttention", &name, config, Inputs::Several(&both), &pixels);
        for part in ["query", "key", "value", "output"] {
            for (number, tensor) in ["kernel", "bias"].into_iter().enumerate() {
                model.variable(path, &format!("{part}.{tensor}"), &format!("{part}_dense/vars/{number}"));
            }
        }
        let dims = shapes.output.dims();
        model.layer(
            "Reshape",
            &format!("{name}_image"),
            json!({ "target_shape": dims }),
            Inputs::One(&y),
            &dims,
        )
    }
}

/// `MultiHeadAttention` of values to themselves.
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let config = &layer.config;
    let input = &inputs[0];
    if inputs.iter().any(|other| other.node != input.node) {
        return Err(ExchangeError::read(format!("{}: here values attend to themselves alone", layer.name())));
    }
    let (heads, key_size) = (config.whole("num_heads")?, config.whole("key_dim")?);
    let channels = input.dims.last().copied().unwrap_or_default();
    let is_plain = |key: &str, usual: usize| match &config.config[key] {
        Json::Null => true,
        value => value.as_u64() == Some(usual as u64),
    };
    if !is_plain("value_dim", key_size) {
        return Err(config.refuse("value_dim", "here values have the size of keys"));
    }
    if !is_plain("output_shape", channels)
        || !config.config["attention_axes"].is_null() && input.dims.len() > 2
    {
        return Err(config.refuse("output_shape", "attention here gives what it takes"));
    }
    let mut tensors = Vec::new();
    for part in ["query", "key", "value", "output"] {
        for (number, tensor) in ["kernel", "bias"].into_iter().enumerate() {
            let values = match tensor == "kernel" || config.flag("use_bias", true) {
                true => layer.tensor(&format!("{part}_dense/vars/{number}"))?,
                false if part == "output" => vec![0.0; channels],
                false => vec![0.0; heads.saturating_mul(key_size).min(MAX_VALUES)],
            };
            tensors.push((format!("{part}.{tensor}"), values));
        }
    }
    let is_usual = heads.checked_mul(key_size) == Some(channels);
    let attention = SelfAttention { heads, key_size: (!is_usual).then_some(key_size) };
    layer.put(graph, input, attention, tensors)
}
