//! Layers as a recipe writes them, and the shapes they give. Semantics of padding and shapes are Keras'.

use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::shape::Shape;

/// One layer of an encoder or a decoder.
///
/// ```
/// use engine::{Layer, Shape};
/// let layer: Layer = serde_json::from_str(
///     r#"{"layer": "conv2d", "filters": 32, "kernel": 3, "stride": 2, "padding": "same", "activation": "relu"}"#,
/// )?;
/// assert_eq!(layer.output_shape(Shape::image(28, 28, 1))?, Shape::image(14, 14, 32));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case")]
pub enum Layer {
    /// y = act(x · W + b); kernel `[in, units]`.
    Dense(Dense),
    /// Convolution; kernel `[kernel_h, kernel_w, in, filters]`.
    #[serde(rename = "conv2d")]
    Conv2d(Conv),
    /// Transposed convolution; kernel `[kernel_h, kernel_w, filters, in]`.
    #[serde(rename = "conv2d_transpose")]
    Conv2dTranspose(Conv),
    /// Largest value of each window; padding never wins.
    #[serde(rename = "max_pool2d")]
    MaxPool2d(MaxPool),
    /// Nearest-neighbour enlargement.
    #[serde(rename = "upsample2d")]
    UpSample2d(UpSample),
    /// The values in order as a vector.
    Flatten(Flatten),
    /// The values in order under another shape.
    Reshape(Reshape),
}

/// Parameters of [`Layer::Dense`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Outputs, at least 1.
    pub units: usize,
    /// Function after the product.
    #[serde(default)]
    pub activation: Activation,
    /// How the kernel starts (biases start at 0).
    #[serde(default, skip_serializing_if = "Initializer::is_default")]
    pub initializer: Initializer,
}

/// Parameters of [`Layer::Conv2d`] and [`Layer::Conv2dTranspose`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Output channels, at least 1.
    pub filters: usize,
    /// Kernel rows and columns.
    pub kernel: Pair,
    /// Step in rows and columns.
    #[serde(default = "Pair::one")]
    pub stride: Pair,
    /// What happens at the border.
    #[serde(default)]
    pub padding: Padding,
    /// Function after the product.
    #[serde(default)]
    pub activation: Activation,
    /// How the kernel starts (biases start at 0).
    #[serde(default, skip_serializing_if = "Initializer::is_default")]
    pub initializer: Initializer,
}

/// Parameters of [`Layer::MaxPool2d`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool {
    /// Window rows and columns.
    pub size: Pair,
    /// Step; the window's size where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Pair>,
    /// What happens at the border.
    #[serde(default)]
    pub padding: Padding,
}

/// Parameters of [`Layer::UpSample2d`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpSample {
    /// How often each row and column is repeated.
    pub size: Pair,
}

/// [`Layer::Flatten`] has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

/// Parameters of [`Layer::Reshape`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// `[n]` or `[height, width, channels]`
    pub shape: Shape,
}

/// Rows and columns; a recipe may write one number for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PairForm", into = "PairForm")]
pub struct Pair {
    /// Along the height.
    pub rows: usize,
    /// Along the width.
    pub columns: usize,
}

impl Pair {
    /// The same number for both.
    pub const fn square(n: usize) -> Self {
        Self { rows: n, columns: n }
    }

    fn one() -> Self {
        Self::square(1)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number or [rows, columns]")]
enum PairForm {
    One(usize),
    Two([usize; 2]),
}

impl From<PairForm> for Pair {
    fn from(form: PairForm) -> Self {
        match form {
            PairForm::One(n) => Pair::square(n),
            PairForm::Two([rows, columns]) => Pair { rows, columns },
        }
    }
}

impl From<Pair> for PairForm {
    fn from(pair: Pair) -> Self {
        if pair.rows == pair.columns {
            PairForm::One(pair.rows)
        } else {
            PairForm::Two([pair.rows, pair.columns])
        }
    }
}

/// What a window does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Only whole windows.
    #[default]
    Valid,
    /// Output size ⌈input / stride⌉; the odd zero goes below and right.
    Same,
}

/// A layer cannot follow the shape before it, or a number in it is out of range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: {allowed}")]
pub struct LayerError {
    /// The field of the layer.
    pub field: &'static str,
    /// What it held.
    pub value: String,
    /// What would be right.
    pub allowed: String,
}

impl LayerError {
    fn new(field: &'static str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self { field, value: value.to_string(), allowed: allowed.into() }
    }
}

/// The largest number of values in one sample's activation, and in one kernel.
pub const MAX_VALUES: usize = 1 << 28;

impl Layer {
    /// The layer's name as recipes write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Layer::Dense(_) => "dense",
            Layer::Conv2d(_) => "conv2d",
            Layer::Conv2dTranspose(_) => "conv2d_transpose",
            Layer::MaxPool2d(_) => "max_pool2d",
            Layer::UpSample2d(_) => "upsample2d",
            Layer::Flatten(_) => "flatten",
            Layer::Reshape(_) => "reshape",
        }
    }

    /// The layer's activation; linear where it has none.
    pub fn activation(&self) -> Activation {
        match self {
            Layer::Dense(dense) => dense.activation,
            Layer::Conv2d(conv) | Layer::Conv2dTranspose(conv) => conv.activation,
            _ => Activation::Linear,
        }
    }

    /// The shape this layer gives for `input`, after checking every number in it.
    ///
    /// # Errors
    /// When a number is out of range or the shapes do not fit.
    pub fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        let output = match self {
            Layer::Dense(dense) => {
                at_least_one("units", dense.units)?;
                let Shape::Vector(_) = input else {
                    return Err(LayerError::new(
                        "input",
                        input,
                        "dense takes a vector; put { layer = \"flatten\" } before it",
                    ));
                };
                Shape::Vector(dense.units)
            }
            Layer::Conv2d(conv) => {
                let (height, width, _) = conv.check(input, self.kind())?;
                let rows = window(height, conv.kernel.rows, conv.stride.rows, conv.padding);
                let columns = window(width, conv.kernel.columns, conv.stride.columns, conv.padding);
                let (Some(rows), Some(columns)) = (rows, columns) else {
                    return Err(too_small("kernel", conv.kernel, input));
                };
                Shape::image(rows, columns, conv.filters)
            }
            Layer::Conv2dTranspose(conv) => {
                let (height, width, _) = conv.check(input, self.kind())?;
                let grow = |n: usize, kernel: usize, stride: usize| match conv.padding {
                    Padding::Same => n.saturating_mul(stride),
                    Padding::Valid => n.saturating_mul(stride).saturating_add(kernel.saturating_sub(stride)),
                };
                Shape::image(
                    grow(height, conv.kernel.rows, conv.stride.rows),
                    grow(width, conv.kernel.columns, conv.stride.columns),
                    conv.filters,
                )
            }
            Layer::MaxPool2d(pool) => {
                let (height, width, channels) = image(input, self.kind())?;
                pair_at_least_one("size", pool.size)?;
                let stride = pool.stride.unwrap_or(pool.size);
                pair_at_least_one("stride", stride)?;
                let rows = window(height, pool.size.rows, stride.rows, pool.padding);
                let columns = window(width, pool.size.columns, stride.columns, pool.padding);
                let (Some(rows), Some(columns)) = (rows, columns) else {
                    return Err(too_small("size", pool.size, input));
                };
                Shape::image(rows, columns, channels)
            }
            Layer::UpSample2d(up) => {
                let (height, width, channels) = image(input, self.kind())?;
                pair_at_least_one("size", up.size)?;
                Shape::image(
                    height.saturating_mul(up.size.rows),
                    width.saturating_mul(up.size.columns),
                    channels,
                )
            }
            Layer::Flatten(_) => Shape::Vector(input.len()),
            Layer::Reshape(reshape) => {
                if count(reshape.shape) != Some(input.len()) {
                    let allowed = format!("must hold the {} values of the input {input}", input.len());
                    return Err(LayerError::new("shape", reshape.shape, allowed));
                }
                reshape.shape
            }
        };
        match count(output) {
            Some(1..=MAX_VALUES) => Ok(output),
            _ => Err(LayerError::new(
                "output",
                output,
                format!("a layer gives between 1 and {MAX_VALUES} values per image"),
            )),
        }
    }
}

impl Conv {
    fn check(&self, input: Shape, kind: &str) -> Result<(usize, usize, usize), LayerError> {
        at_least_one("filters", self.filters)?;
        pair_at_least_one("kernel", self.kernel)?;
        pair_at_least_one("stride", self.stride)?;
        if self.kernel.rows.max(self.kernel.columns) > 1024 {
            return Err(LayerError::new("kernel", show(self.kernel), "at most 1024 rows and columns"));
        }
        image(input, kind)
    }
}

/// Output size of a window sweep; `None` where no whole window fits.
pub(crate) fn window(n: usize, size: usize, stride: usize, padding: Padding) -> Option<usize> {
    match padding {
        Padding::Same => Some(n.div_ceil(stride)),
        Padding::Valid => n.checked_sub(size).map(|rest| rest / stride + 1),
    }
}

/// Zeros before the first value: Keras puts the odd one behind.
pub(crate) fn padding_before(n: usize, out: usize, size: usize, stride: usize, padding: Padding) -> usize {
    match padding {
        Padding::Same => ((out - 1).saturating_mul(stride).saturating_add(size)).saturating_sub(n) / 2,
        Padding::Valid => 0,
    }
}

fn count(shape: Shape) -> Option<usize> {
    shape.dims().into_iter().try_fold(1usize, usize::checked_mul)
}

fn show(pair: Pair) -> String {
    format!("{} × {}", pair.rows, pair.columns)
}

fn too_small(field: &'static str, pair: Pair, input: Shape) -> LayerError {
    let allowed = format!("larger than the input {input}; use a smaller window or padding = \"same\"");
    LayerError::new(field, show(pair), allowed)
}

fn image(input: Shape, kind: &str) -> Result<(usize, usize, usize), LayerError> {
    match input {
        Shape::Image { height, width, channels } => Ok((height, width, channels)),
        Shape::Vector(_) => Err(LayerError::new(
            "input",
            input,
            format!(
                "{kind} takes an image; put {{ layer = \"reshape\", shape = [height, width, channels] }} before it"
            ),
        )),
    }
}

fn at_least_one(field: &'static str, value: usize) -> Result<(), LayerError> {
    if value == 0 { Err(LayerError::new(field, value, "must be at least 1")) } else { Ok(()) }
}

fn pair_at_least_one(field: &'static str, pair: Pair) -> Result<(), LayerError> {
    if pair.rows == 0 || pair.columns == 0 {
        return Err(LayerError::new(field, show(pair), "must be at least 1"));
    }
    Ok(())
}
