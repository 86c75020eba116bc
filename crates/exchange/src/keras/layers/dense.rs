//! `dense`, `gated_dense`

use network::{Activation, Dense, GatedDense};
use serde_json::Value;

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

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
        model.layer("Multiply", &name, Value::Null, Inputs::List(&[value, gate]), &shapes.output.dims())
    }
}
