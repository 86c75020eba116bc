//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`

use network::{AveragePool, GlobalAveragePool, MaxPool, Padding, Pair};
use serde_json::{Value, json};

use super::convolution::{padding, pair};
use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

fn window(size: Pair, stride: Option<Pair>, border: Padding) -> Value {
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
        model.layer("GlobalAveragePooling2D", &name_of(path), Value::Null, Inputs::One(x), &dims)
    }
}
