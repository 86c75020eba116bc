//! `conv2d`

use super::convolution::{check, convolution};
use super::error::{kernel, too_small};
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};
use crate::window::{Padding, Pair, padding_total, window};

convolution! {
    /// Convolution; kernel `[kernel_h, kernel_w, in, filters]`.
    Conv2d
}

impl LayerRule for Conv2d {
    const KIND: &'static str = "conv2d";

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let (height, width, channels) = check(self.filters, self.kernel, self.stride, input, Self::KIND)?;
        let rows = window(height, self.kernel.rows, self.stride.rows, self.padding);
        let columns = window(width, self.kernel.columns, self.stride.columns, self.padding);
        let (Some(rows), Some(columns)) = (rows, columns) else {
            return Err(too_small("kernel", self.kernel, input));
        };
        if self.padding == Padding::Reflect {
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
            (Shape::image(5, 4, 3), conv(6, Pair::square(3), Pair::one(), Padding::Same, Activation::Tanh)),
            (
                Shape::image(7, 6, 2),
                conv(5, Pair { rows: 3, columns: 2 }, Pair::square(2), Padding::Valid, Activation::Linear),
            ),
            (
                Shape::image(6, 5, 3),
                conv(4, Pair::square(5), Pair::square(2), Padding::Reflect, Activation::Silu),
            ),
            (
                Shape::image(4, 5, 2),
                conv(3, Pair::square(3), Pair::one(), Padding::Reflect, Activation::Tanh),
            ),
        ]
    }
}
