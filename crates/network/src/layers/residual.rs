//! `residual`

use serde::{Deserialize, Serialize};

use super::keys;
use super::registry::inside;
use super::{Chain, Dense, Layer, LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Fallback::{Required, Value};
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};
use crate::values::Values;
use crate::window::Pair;

/// y = act(layers(x) + shortcut(x)) (He et al. 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// What is added to the shortcut, first layer first.
    pub layers: Vec<Layer>,
    /// How the input gets to the sum.
    #[serde(default)]
    pub shortcut: Shortcut,
    /// Function of the sum.
    #[serde(default)]
    pub activation: Activation,
}

/// How a residual's input gets to the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortcut {
    /// As it is; the layers give the shape that they take.
    #[default]
    Identity,
    /// Through a 1 × 1 convolution, whose stride is the number of times that the layers make the image smaller; of a
    /// vector through a dense layer.
    Projection,
}

impl Residual {
    /// The stride of a projection from `input` to `output`.
    pub fn projection_stride(input: Shape, output: Shape) -> Pair {
        let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
        Pair { rows: height.div_ceil(rows), columns: width.div_ceil(columns) }
    }
}

impl LayerRule for Residual {
    const KIND: &'static str = "residual";
    const KEYS: &'static [Key] = &[
        Key::new(
            "layers",
            Values::Other { kind: "list of layers", range: "at least one", refused: &["[]", "[1]"] },
            Required,
            "[{ layer = \"conv2d\", filters = 16, kernel = 3, padding = \"same\" }]",
            "What is added to the shortcut.",
        ),
        Key::new(
            "shortcut",
            Values::Choice(&["identity", "projection"]),
            Value("\"identity\""),
            "\"projection\"",
            "How the input gets to the sum: as it is, or through a 1 × 1 convolution (of a vector, a dense layer).",
        ),
        keys::SUM_ACTIVATION,
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        if self.layers.is_empty() {
            return Err(LayerError::new("layers", "[]", "needs at least one layer"));
        }
        let output = inside("layers", &self.layers, input)?;
        match (self.shortcut, input, output) {
            (Shortcut::Identity, ..) if input == output => Ok(output),
            (Shortcut::Identity, ..) => {
                let allowed = format!(
                    "the layers make {output} of the input {input}, which cannot be added to it; use \"projection\""
                );
                Err(LayerError::new("shortcut", "identity", allowed))
            }
            (Shortcut::Projection, Shape::Vector(_), Shape::Vector(units)) => {
                let dense =
                    Dense { units, activation: Activation::Linear, initializer: Initializer::default() };
                dense.output_shape(input)
            }
            (Shortcut::Projection, Shape::Image { .. }, Shape::Image { .. }) => {
                let stride = Self::projection_stride(input, output);
                let ((height, width, _), (rows, columns, _)) = (input.pixels(), output.pixels());
                if height.div_ceil(stride.rows) != rows || width.div_ceil(stride.columns) != columns {
                    let allowed =
                        format!("no stride of a 1 × 1 convolution makes {output} of the input {input}");
                    return Err(LayerError::new("shortcut", "projection", allowed));
                }
                Ok(output)
            }
            (Shortcut::Projection, ..) => {
                let allowed = format!(
                    "the layers make {output} of the input {input}; both must be images, or both vectors"
                );
                Err(LayerError::new("shortcut", "projection", allowed))
            }
        }
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let output = match inside("layers", &self.layers, input) {
            Ok(output) if self.shortcut == Shortcut::Projection => output,
            _ => return Vec::new(),
        };
        let ((_, _, from), (_, _, to)) = (input.pixels(), output.pixels());
        let shape = match output {
            Shape::Vector(_) => vec![from, to],
            Shape::Image { .. } => vec![1, 1, from, to],
        };
        kernel_and_bias("shortcut.", &shape, to, Initializer::default()).into()
    }

    fn chains(&self) -> Vec<Chain<'_>> {
        vec![Chain { name: "layers".into(), layers: &self.layers }]
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let dense = |units| -> Layer {
            Dense { units, activation: Activation::Tanh, initializer: Initializer::default() }.into()
        };
        let residual = |units, shortcut, activation| Residual {
            layers: vec![dense(5), dense(units)],
            shortcut,
            activation,
        };
        vec![
            (Shape::Vector(7), residual(7, Shortcut::Identity, Activation::Linear)),
            (Shape::Vector(7), residual(4, Shortcut::Projection, Activation::Silu)),
        ]
    }
}
