//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`

use serde::{Deserialize, Serialize};

use super::error::{image, pair_at_least_one, too_small};
use super::keys;
use super::{LayerError, LayerRule};
use crate::key::Key;
use crate::shape::Shape;
use crate::window::{Padding, Pair, window};

/// Defines a layer with the keys of a pooling window.
macro_rules! pool {
    ($(#[$about:meta])* $layer:ident, $kind:literal) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $layer {
            /// Window rows and columns.
            pub size: Pair,
            /// Step; the window's size where it is left out.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub stride: Option<Pair>,
            /// What happens at the border.
            #[serde(default)]
            pub padding: Padding,
        }

        impl LayerRule for $layer {
            const KIND: &'static str = $kind;
            const KEYS: &'static [Key] = &[keys::WINDOW_SIZE, keys::WINDOW_STRIDE, keys::PADDING];

            fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
                pooled(self.size, self.stride, self.padding, input, Self::KIND)
            }

            fn examples() -> Vec<(Shape, Self)> {
                let pool = |size, stride, padding| $layer { size, stride, padding };
                vec![
                    (Shape::image(6, 4, 3), pool(Pair::square(2), None, Padding::Valid)),
                    (Shape::image(5, 6, 2), pool(Pair::square(3), Some(Pair::square(2)), Padding::Same)),
                ]
            }
        }
    };
}

pool! {
    /// Largest value of each window; padding never wins.
    MaxPool, "max_pool2d"
}

pool! {
    /// Mean of each window's values; padding does not count.
    AveragePool, "average_pool2d"
}

fn pooled(
    size: Pair,
    stride: Option<Pair>,
    padding: Padding,
    input: Shape,
    kind: &str,
) -> Result<Shape, LayerError> {
    let (height, width, channels) = image(input, kind)?;
    pair_at_least_one("size", size)?;
    let stride = stride.unwrap_or(size);
    pair_at_least_one("stride", stride)?;
    let rows = window(height, size.rows, stride.rows, padding);
    let columns = window(width, size.columns, stride.columns, padding);
    let (Some(rows), Some(columns)) = (rows, columns) else {
        return Err(too_small("size", size, input));
    };
    Ok(Shape::image(rows, columns, channels))
}

/// Mean of each channel over all pixels: an image becomes a vector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAveragePool {}

impl LayerRule for GlobalAveragePool {
    const KIND: &'static str = "global_average_pool2d";
    const KEYS: &'static [Key] = &[];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        image(input, Self::KIND).map(|(_, _, channels)| Shape::Vector(channels))
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![(Shape::image(3, 5, 7), GlobalAveragePool {})]
    }
}
