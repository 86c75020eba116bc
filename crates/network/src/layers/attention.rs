//! `self_attention`

use serde::{Deserialize, Serialize};

use super::error::{at_least_one, image, kernel};
use super::keys;
use super::{LayerError, LayerRule, MAX_VALUES};
use crate::initializer::Initializer;
use crate::key::Fallback::Required;
use crate::key::{Fallback, Key};
use crate::shape::Shape;
use crate::tensor::{Start, Tensor};

/// Multi-head attention (Vaswani et al. 2017) of an image's pixels to each other, as Keras' `MultiHeadAttention` with
/// query, key and value the same: softmax(Q Kᵀ / √key_size) V in every head, and a product back to the channels of the
/// input. Time and memory grow with the square of the pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfAttention {
    /// Heads, at least 1.
    pub heads: usize,
    /// Values of a query, a key and a value in each head; the channels divided by the heads where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_size: Option<usize>,
}

/// The most pixels that attend to each other: their weights are `[heads, pixels, pixels]` an image.
const MOST_PIXELS: usize = 4096;

impl SelfAttention {
    /// Values of a query in each head, for an input of `channels` channels.
    pub fn key_size(&self, channels: usize) -> usize {
        self.key_size.unwrap_or(channels / self.heads.max(1))
    }
}

impl LayerRule for SelfAttention {
    const KIND: &'static str = "self_attention";
    const KEYS: &'static [Key] = &[
        Key::new("heads", keys::AT_LEAST_ONE, Required, "2", "Heads, each with attention of its own."),
        Key::new(
            "key_size",
            keys::AT_LEAST_ONE,
            Fallback::Words("the channels divided by the heads"),
            "5",
            "Values of a query, a key and a value in each head.",
        ),
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        at_least_one("heads", self.heads)?;
        let (height, width, channels) = image(input, Self::KIND)?;
        match self.key_size {
            Some(size) => at_least_one("key_size", size)?,
            None if channels % self.heads != 0 => {
                let allowed = format!(
                    "must divide the {channels} channels of the input {input}, or `key_size` be given"
                );
                return Err(LayerError::new("heads", self.heads, allowed));
            }
            None => {}
        }
        if height.saturating_mul(width) > MOST_PIXELS {
            let allowed = format!("self_attention takes images of at most {MOST_PIXELS} pixels");
            return Err(LayerError::new("input", input, allowed));
        }
        let key_size = self.key_size(channels);
        kernel("heads", self.heads, &[channels, self.heads, key_size])?;
        if self.heads.saturating_mul(height * width).saturating_mul(height * width) > MAX_VALUES {
            let allowed =
                format!("[heads, pixels, pixels] weights are more than the {MAX_VALUES} values allowed");
            return Err(LayerError::new("heads", self.heads, allowed));
        }
        Ok(input)
    }

    /// Keras computes the fans from a kernel of three axes as if the first were a window.
    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let (_, _, channels) = input.pixels();
        let (heads, size) = (self.heads, self.key_size(channels));
        let drawn = |fan_in, fan_out| Start::Drawn { initializer: Initializer::default(), fan_in, fan_out };
        let mut tensors = Vec::new();
        for name in ["query", "key", "value"] {
            let start = drawn(channels * heads, channels * size);
            tensors.push(Tensor::learned(format!("{name}.kernel"), vec![channels, heads, size], start));
            tensors.push(Tensor::learned(format!("{name}.bias"), vec![heads, size], Start::Value(0.0)));
        }
        let start = drawn(heads * size, heads * channels);
        tensors.push(Tensor::learned("output.kernel".into(), vec![heads, size, channels], start));
        tensors.push(Tensor::learned("output.bias".into(), vec![channels], Start::Value(0.0)));
        tensors
    }

    fn examples() -> Vec<(Shape, Self)> {
        vec![
            (Shape::image(3, 2, 6), SelfAttention { heads: 1, key_size: None }),
            (Shape::image(2, 4, 6), SelfAttention { heads: 3, key_size: None }),
            (Shape::image(3, 3, 4), SelfAttention { heads: 2, key_size: Some(5) }),
        ]
    }
}
