//! `residual`, `branches`

use network::{Branches, Merge, Residual, Shape, Shortcut};
use serde_json::Value;

use super::convolution::pair;
use super::{KerasLayers, Shapes, chain, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

impl KerasLayers for Residual {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (name, Shapes { input, output }) = (name_of(path), shapes);
        let (y, _) = chain(&self.layers, model, &format!("{path}.layers"), x.clone(), input);
        let shortcut = match (self.shortcut, output) {
            (Shortcut::Identity, _) => x.clone(),
            (Shortcut::Projection, Shape::Vector(_)) => {
                model.dense(&format!("{name}_shortcut"), path, "shortcut.", x, Default::default())
            }
            (Shortcut::Projection, Shape::Image { .. }) => {
                let stride = pair(Residual::projection_stride(input, output));
                let dims = output.dims();
                model.pointwise(&format!("{name}_shortcut"), (path, "shortcut."), x, stride, &dims)
            }
        };
        let sum = model.layer("Add", &name, Value::Null, Inputs::List(&[y, shortcut]), &output.dims());
        model.activate_after(&name, Some(self.activation), sum)
    }
}

impl KerasLayers for Branches {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let outputs: Vec<KerasTensor> = self
            .branches
            .iter()
            .enumerate()
            .map(|(index, layers)| {
                chain(layers, model, &format!("{path}.branches.{index}"), x.clone(), shapes.input).0
            })
            .collect();
        let class = match self.merge {
            Merge::Add => "Add",
            Merge::Concat => "Concatenate",
        };
        model.layer(class, &name_of(path), Value::Null, Inputs::List(&outputs), &shapes.output.dims())
    }
}
