//! `dropout`

use network::Dropout;
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for Dropout {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        model.layer("Dropout", &name_of(path), json!({ "rate": self.rate }), Inputs::One(x), &x.dims)
    }
}

/// `Dropout`
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let (input, rate) = (layer.only(inputs)?, layer.config.number("rate")?);
    layer.put(graph, input, Dropout { rate }, Vec::new())
}
