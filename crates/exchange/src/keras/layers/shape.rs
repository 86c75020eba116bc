//! `flatten`, `reshape`

use network::{Flatten, Reshape};
use serde_json::{Value, json};

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

impl KerasLayers for Flatten {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        model.layer("Flatten", &name_of(path), Value::Null, Inputs::One(x), &shapes.output.dims())
    }
}

impl KerasLayers for Reshape {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let dims = shapes.output.dims();
        model.layer("Reshape", &name_of(path), json!({ "target_shape": dims }), Inputs::One(x), &dims)
    }
}
