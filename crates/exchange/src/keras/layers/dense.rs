//! `dense`, `gated_dense`

use network::{Activation, Conv2d, ConvPadding, Dense, GatedDense, Pair, Shape};
use serde_json::Value as Json;

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for Dense {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        model.dense(&name_of(path), path, "", x, self.activation)
    }
}

impl KerasLayers for GatedDense {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let name = name_of(path);
        let value = model.dense(&format!("{name}_value"), path, "value.", x, self.activation);
        let gate = model.dense(&format!("{name}_gate"), path, "gate.", x, Activation::Sigmoid);
        model.layer("Multiply", &name, Json::Null, Inputs::List(&[value, gate]), &shapes.output.dims())
    }
}

/// `Dense`: of an image, a convolution of single pixels.
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    let (units, activation, initializer) = (config.whole("units")?, config.activation()?, Default::default());
    let tensors = layer.kernel_and_bias(units)?;
    let y = match graph.shape(input.node) {
        Shape::Vector(_) => {
            layer.put(graph, input, Dense { units, activation: Activation::Linear, initializer }, tensors)?
        }
        Shape::Image { .. } => {
            let conv = Conv2d {
                filters: units,
                kernel: Pair::square(1),
                stride: Pair::square(1),
                padding: ConvPadding::Valid,
                activation: Activation::Linear,
                initializer,
            };
            layer.put(graph, input, conv, tensors)?
        }
    };
    layer.activated(graph, y, activation)
}
