//! `upsample2d`

use network::{Interpolation, UpSample};
use serde_json::json;

use super::convolution::{check_image, pair};
use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for UpSample {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let interpolation = match self.interpolation {
            Interpolation::Nearest => "nearest",
            Interpolation::Bilinear => "bilinear",
        };
        let config = json!({ "size": pair(self.size), "interpolation": interpolation });
        model.layer("UpSampling2D", &name_of(path), config, Inputs::One(x), &shapes.output.dims())
    }
}

/// `UpSampling2D`
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_channels_last()?;
    check_image(layer, input)?;
    let interpolation = match config.config["interpolation"].as_str() {
        None | Some("nearest") => Interpolation::Nearest,
        Some("bilinear") => Interpolation::Bilinear,
        Some(_) => return Err(config.refuse("interpolation", "here it is \"nearest\" or \"bilinear\"")),
    };
    layer.put(graph, input, UpSample { size: config.pair("size")?, interpolation }, Vec::new())
}
