//! `conv2d_transpose`

use super::convolution::{check, convolution};
use super::error::kernel;
use super::keys;
use super::{LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Key;
use crate::shape::Shape;
use crate::tensor::{Tensor, kernel_and_bias};
use crate::window::{Padding, Pair};

convolution! {
    /// Transposed convolution; kernel `[kernel_h, kernel_w, filters, in]`.
    Conv2dTranspose, Padding
}

impl LayerRule for Conv2dTranspose {
    const KIND: &'static str = "conv2d_transpose";
    const KEYS: &'static [Key] = &[
        keys::FILTERS,
        keys::KERNEL,
        keys::STRIDE,
        keys::PADDING,
        keys::PRODUCT_ACTIVATION,
        keys::INITIALIZER,
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let (height, width, channels) = check(self.filters, self.kernel, self.stride, input, Self::KIND)?;
        let grow = |n: usize, kernel: usize, stride: usize| match self.padding {
            Padding::Valid => n.saturating_mul(stride).saturating_add(kernel.saturating_sub(stride)),
            Padding::Same => n.saturating_mul(stride),
        };
        kernel("filters", self.filters, &[self.kernel.rows, self.kernel.columns, channels, self.filters])?;
        Ok(Shape::image(
            grow(height, self.kernel.rows, self.stride.rows),
            grow(width, self.kernel.columns, self.stride.columns),
            self.filters,
        ))
    }

    /// Keras computes the fans from the kernel's shape, also here, where the outputs are its rows.
    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let shape = [self.kernel.rows, self.kernel.columns, self.filters, input.pixels().2];
        kernel_and_bias("", &shape, self.filters, self.initializer).into()
    }

    fn last_activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn examples() -> Vec<(Shape, Self)> {
        let conv = |filters, kernel, stride, padding| Conv2dTranspose {
            filters,
            kernel,
            stride,
            padding,
            activation: Activation::Tanh,
            initializer: Initializer::default(),
        };
        vec![
            (Shape::image(3, 4, 3), conv(5, Pair::square(3), Pair::square(2), Padding::Same)),
            (
                Shape::image(2, 3, 2),
                conv(3, Pair { rows: 2, columns: 3 }, Pair { rows: 1, columns: 2 }, Padding::Valid),
            ),
        ]
    }
}
