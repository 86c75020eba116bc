//! `self_attention`

use network::SelfAttention;
use serde_json::json;

use super::{KerasLayers, Shapes, name_of};
use crate::keras::functional::{Functional, Inputs, KerasTensor};

impl KerasLayers for SelfAttention {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (height, width, channels) = shapes.input.pixels();
        let name = name_of(path);
        let pixels = [height * width, channels];
        let config = json!({ "target_shape": pixels });
        let flat = model.layer("Reshape", &format!("{name}_pixels"), config, Inputs::One(x), &pixels);
        let config = json!({ "num_heads": self.heads, "key_dim": self.key_size(channels) });
        let both = [flat.clone(), flat];
        let y = model.layer("MultiHeadAttention", &name, config, Inputs::Several(&both), &pixels);
        for part in ["query", "key", "value", "output"] {
            for (number, tensor) in ["kernel", "bias"].into_iter().enumerate() {
                model.variable(path, &format!("{part}.{tensor}"), &format!("{part}_dense/vars/{number}"));
            }
        }
        let dims = shapes.output.dims();
        model.layer(
            "Reshape",
            &format!("{name}_image"),
            json!({ "target_shape": dims }),
            Inputs::One(&y),
            &dims,
        )
    }
}
