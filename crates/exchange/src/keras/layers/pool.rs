//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`

use network::{AveragePool, GlobalAveragePool, MaxPool, Padding, Pair};
use serde_json::{Value as Json, json};

use super::convolution::{check_image, padding, pair};
use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

fn window(size: Pair, stride: Option<Pair>, border: Padding) -> Json {
    json!({ "pool_size": pair(size), "strides": pair(stride.unwrap_or(size)), "padding": padding(border) })
}

impl KerasLayers for MaxPool {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let config = window(self.size, self.stride, self.padding);
        model.layer("MaxPooling2D", &name_of(path), config, Inputs::One(x), &shapes.output.dims())
    }
}

impl KerasLayers for AveragePool {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let config = window(self.size, self.stride, self.padding);
        model.layer("AveragePooling2D", &name_of(path), config, Inputs::One(x), &shapes.output.dims())
    }
}

impl KerasLayers for GlobalAveragePool {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let dims = shapes.output.dims();
        model.layer("GlobalAveragePooling2D", &name_of(path), Json::Null, Inputs::One(x), &dims)
    }
}

/// Window, step and border of a pool.
fn windows(layer: &KerasLayer<'_>, input: &Value) -> Result<(Pair, Option<Pair>, Padding), ExchangeError> {
    let config = &layer.config;
    config.check_channels_last()?;
    check_image(layer, input)?;
    let size = config.pair("pool_size")?;
    let stride = if config.config["strides"].is_null() { size } else { config.pair("strides")? };
    Ok((size, (stride != size).then_some(stride), config.padding()?))
}

/// `MaxPooling2D`
pub fn read_max(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    let (size, stride, padding) = windows(layer, input)?;
    layer.put(graph, input, MaxPool { size, stride, padding }, Vec::new())
}

/// `AveragePooling2D`
pub fn read_average(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    let (size, stride, padding) = windows(layer, input)?;
    layer.put(graph, input, AveragePool { size, stride, padding }, Vec::new())
}

/// `GlobalAveragePooling2D`
pub fn read_global(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    layer.config.check_channels_last()?;
    check_image(layer, input)?;
    let y = layer.put(graph, input, GlobalAveragePool {}, Vec::new())?;
    match layer.config.flag("keepdims", false) {
        true => layer.reshaped(graph, &y, vec![1, 1, y.dims[0]]),
        false => Ok(y),
    }
}
