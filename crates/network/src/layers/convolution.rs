//! What both convolutions write in a recipe, and check.

use super::LayerError;
use super::error::{at_least_one, image, pair_at_least_one};
use crate::shape::Shape;
use crate::window::Pair;

/// Defines a layer with the keys of a convolution.
macro_rules! convolution {
    ($(#[$about:meta])* $layer:ident, $padding:ty) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $layer {
            /// Output channels, at least 1.
            pub filters: usize,
            /// Kernel rows and columns.
            pub kernel: crate::window::Pair,
            /// Step in rows and columns.
            #[serde(default = "crate::window::Pair::one")]
            pub stride: crate::window::Pair,
            /// What happens at the border.
            #[serde(default)]
            pub padding: $padding,
            /// Function after the product.
            #[serde(default)]
            pub activation: crate::activation::Activation,
            /// How the kernel starts (biases start at 0).
            #[serde(default, skip_serializing_if = "crate::initializer::Initializer::is_default")]
            pub initializer: crate::initializer::Initializer,
        }
    };
}
pub(super) use convolution;

/// Checks the numbers of a convolution; gives height, width and channels of its input.
pub(super) fn check(
    filters: usize,
    kernel: Pair,
    stride: Pair,
    input: Shape,
    kind: &str,
) -> Result<(usize, usize, usize), LayerError> {
    at_least_one("filters", filters)?;
    pair_at_least_one("kernel", kernel)?;
    pair_at_least_one("stride", stride)?;
    if kernel.rows.max(kernel.columns) > 1024 {
        return Err(LayerError::new("kernel", kernel, "at most 1024 rows and columns"));
    }
    image(input, kind)
}
