//! `reshape`

use serde::{Deserialize, Serialize};

use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Fallback::Required;
use crate::key::Key;
use crate::shape::Shape;
use crate::values::Values;

/// The values in order under another shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// `[n]` or `[height, width, channels]`
    pub shape: Shape,
}

impl LayerRule for Reshape {
    const KIND: &'static str = "reshape";
    const KEYS: &'static [Key] = &[Key::new(
        "shape",
        Values::Other {
            kind: "list of whole numbers",
            range: "[n] or [height, width, channels], of as many values as the input",
            refused: &["[783]", "[28, 28]", "784"],
        },
        Required,
        "[14, 14, 4]",
        "The values in order under another shape.",
    )];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        if self.shape.checked_len() != Some(input.len()) {
            let allowed = format!("must hold the {} values of the input {input}", input.len());
            return Err(LayerError::new("shape", self.shape, allowed));
        }
        Ok(self.shape)
    }

    fn last_activation(&self) -> Option<Activation> {
        None
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![(Shape::Vector(24), Reshape { shape: Shape::image(3, 2, 4) })]
    }
}
