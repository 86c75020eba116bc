//! `conv2d`, `conv2d_transpose`

use network::{Conv2d, Conv2dTranspose, ConvPadding, Padding, Pair};
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::border::Border;
use crate::keras::functional::{Functional, Inputs, KerasTensor, split};

/// A pair as Keras writes it.
pub fn pair(pair: Pair) -> [usize; 2] {
    [pair.rows, pair.columns]
}

/// A padding as Keras writes it.
pub fn padding(padding: Padding) -> &'static str {
    match padding {
        Padding::Valid => "valid",
        Padding::Same => "same",
    }
}

impl KerasLayers for Conv2d {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (name, mut x) = (name_of(path), x.clone());
        let padding = match self.padding {
            ConvPadding::Valid => "valid",
            ConvPadding::Same => "same",
            ConvPadding::Reflect => {
                let border = Border::of(shapes.input, shapes.output, self.kernel, self.stride, Padding::Same);
                let Border { above, left, below, right } = border;
                x = model.reflect(
                    &format!("{name}_border"),
                    &x,
                    [[0, 0], [above, below], [left, right], [0, 0]],
                );
                "valid"
            }
        };
        let (activation, after) = split(self.activation);
        let config = json!({
            "filters": self.filters, "kernel_size": pair(self.kernel), "strides": pair(self.stride), "padding": padding,
            "activation": activation,
        });
        let y = model.layer("Conv2D", &name, config, Inputs::One(&x), &shapes.output.dims());
        model.variables(path, &["kernel", "bias"]);
        model.activate_after(&name, after, y)
    }
}

impl KerasLayers for Conv2dTranspose {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let name = name_of(path);
        let (activation, after) = split(self.activation);
        let config = json!({
            "filters": self.filters, "kernel_size": pair(self.kernel), "strides": pair(self.stride),
            "padding": padding(self.padding), "activation": activation,
        });
        let y = model.layer("Conv2DTranspose", &name, config, Inputs::One(x), &shapes.output.dims());
        model.variables(path, &["kernel", "bias"]);
        model.activate_after(&name, after, y)
    }
}
