//! `upsample2d`

use network::{Interpolation, UpSample};
use serde_json::json;

use super::convolution::pair;
use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

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
