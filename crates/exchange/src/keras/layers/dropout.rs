//! `dropout`

use network::Dropout;
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

impl KerasLayers for Dropout {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        model.layer("Dropout", &name_of(path), json!({ "rate": self.rate }), Inputs::One(x), &x.dims)
    }
}
