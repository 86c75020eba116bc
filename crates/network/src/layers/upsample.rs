//! `upsample2d`

use serde::{Deserialize, Serialize};

use super::error::{image, pair_at_least_one};
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::key::Fallback::{Required, Value};
use crate::key::Key;
use crate::shape::Shape;
use crate::values::Values;
use crate::window::Pair;

/// Enlargement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpSample {
    /// How many rows and columns each becomes.
    pub size: Pair,
    /// What lies between pixels.
    #[serde(default, skip_serializing_if = "Interpolation::is_default")]
    pub interpolation: Interpolation,
}

/// What an enlarged image holds between the pixels that it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest pixel: each becomes a block.
    #[default]
    Nearest,
    /// The mean of the four nearest by distance, between the centres of pixels; beyond the outermost, these.
    Bilinear,
}

impl Interpolation {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl LayerRule for UpSample {
    const KIND: &'static str = "upsample2d";
    const KEYS: &'static [Key] = &[
        Key::new("size", keys::PAIR, Required, "2", "How many rows and columns each becomes."),
        Key::new(
            "interpolation",
            Values::Choice(&["nearest", "bilinear"]),
            Value("\"nearest\""),
            "\"bilinear\"",
            "What lies between pixels: the nearest one, or the mean of the four nearest by distance.",
        ),
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let (height, width, channels) = image(input, Self::KIND)?;
        pair_at_least_one("size", self.size)?;
        Ok(Shape::image(
            height.saturating_mul(self.size.rows),
            width.saturating_mul(self.size.columns),
            channels,
        ))
    }

    fn last_activation(&self) -> Option<Activation> {
        None
    }

    fn examples() -> Vec<(Shape, Self)> {
        let upsample =
            |rows, columns, interpolation| UpSample { size: Pair { rows, columns }, interpolation };
        vec![
            (Shape::image(3, 4, 3), upsample(2, 3, Interpolation::Nearest)),
            (Shape::image(3, 4, 2), upsample(2, 2, Interpolation::Bilinear)),
            (Shape::image(2, 1, 3), upsample(3, 2, Interpolation::Bilinear)),
        ]
    }
}
