//! `conv2d`

use serde::{Deserialize, Serialize};

use super::convolution::{check, convolution};
use super::error::{kernel, too_small};
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};
use crate::window::{Padding, Pair, padding_total, window};

convolution! {
    /// Convolution; kernel `[kernel_h, kernel_w, in, filters]`.
    Conv2d, ConvPadding
}

/// What a convolution does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConvPadding {
    /// Only whole windows.
    #[default]
    Valid,
    /// Output size ⌈input / stride⌉; the odd zero goes below and right.
    Same,
    /// Sizes as [`ConvPadding::Same`]; beyond the border lies the image's reflection, without its edge again.
    Reflect,
}

impl ConvPadding {
    /// Which windows there are.
    pub fn windows(self) -> Padding {
        match self {
            ConvPadding::Valid => Padding::Valid,
            ConvPadding::Same | ConvPadding::Reflect => Padding::Same,
        }
    }
}

impl LayerRule for Conv2d {
    const KIND: &'static str = "conv2d";
    const KEYS: &'static [Key] = &[
        keys::FILTERS,
        keys::KERNEL,
        keys::STRIDE,
        keys::CONVOLUTION_PADDING,
        keys::PRODUCT_ACTIVATION,
        keys::INITIALIZER,
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let (height, width, channels) = check(self.filters, self.kernel, self.stride, input, Self::KIND)?;
        let rows = window(height, self.kernel.rows, self.stride.rows, self.padding.windows());
        let columns = window(width, self.kernel.columns, self.stride.columns, self.padding.windows());
        let (Some(rows), Some(columns)) = (rows, columns) else {
            return Err(too_small("kernel", self.kernel, input));
        };
        if self.padding == ConvPadding::Reflect {
            let beyond = |n, out, size, stride| padding_total(n, out, size, stride).div_ceil(2);
            let most = [
                (height, beyond(height, rows, self.kernel.rows, self.stride.rows)),
                (width, beyond(width, columns, self.kernel.columns, self.stride.columns)),
            ];
            if most.into_iter().any(|(n, beyond)| beyond >= n) {
                let allowed = format!(
                    "reaches further beyond the border than the input {input} can be reflected; use a smaller kernel \
                     or padding = \"same\""
                );
                return Err(LayerError::new("kernel", self.kernel, allowed));
            }
        }
        kernel("filters", self.filters, &[self.kernel.rows, self.kernel.columns, channels, self.filters])?;
        Ok(Shape::image(rows, columns, self.filters))
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let shape = [self.kernel.rows, self.kernel.columns, input.pixels().2, self.filters];
        kernel_and_bias("", &shape, self.filters, self.initializer).into()
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let conv = |filters, kernel, stride, padding, activation| Conv2d {
            filters,
            kernel,
            stride,
            padding,
            activation,
            initializer: Initializer::default(),
        };
        vec![
            (
                Shape::image(5, 4, 3),
                conv(6, Pair::square(3), Pair::one(), ConvPadding::Same, Activation::Tanh),
            ),
            (
                Shape::image(7, 6, 2),
                conv(
                    5,
                    Pair { rows: 3, columns: 2 },
                    Pair::square(2),
                    ConvPadding::Valid,
                    Activation::Linear,
                ),
            ),
            (
                Shape::image(6, 5, 3),
                conv(4, Pair::square(5), Pair::square(2), ConvPadding::Reflect, Activation::Silu),
            ),
            (
                Shape::image(4, 5, 2),
                conv(3, Pair::square(3), Pair::one(), ConvPadding::Reflect, Activation::Tanh),
            ),
        ]
    }
}
