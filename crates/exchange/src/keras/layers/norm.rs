//! `group_norm`, `layer_norm`, `batch_norm`

use network::{BatchNorm, GroupNorm, LayerNorm};
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

impl KerasLayers for GroupNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "groups": self.groups, "epsilon": self.epsilon }));
        let y = model.layer("GroupNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}

impl KerasLayers for LayerNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "axis": -1, "epsilon": self.epsilon }));
        let y = model.layer("LayerNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}

impl KerasLayers for BatchNorm {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, _shapes: Shapes) -> KerasTensor {
        let (name, config) = (name_of(path), json!({ "momentum": self.momentum, "epsilon": self.epsilon }));
        let y = model.layer("BatchNormalization", &name, config, Inputs::One(x), &x.dims);
        model.variables(path, &["gamma", "beta", "moving_mean", "moving_variance"]);
        model.activate_after(&name, Some(self.activation), y)
    }
}
