//! `conv2d`, `conv2d_transpose`

use network::{Conv2d, Conv2dTranspose, ConvPadding, Padding, Pair, Shape};
use serde_json::{Value as Json, json};

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::{Convolution, Graph};
use crate::border::Border;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor, split};
use crate::keras::reading::{KerasLayer, Value};

/// A pair as Keras writes it.
pub fn pair(pair: Pair) -> [usize; 2] {
    [pair.rows, pair.columns]
}

/// A padding as Keras writes it.
pub fn padding(padding: Padding) -> &'static str {
    match padding {
        Padding::Valid => "valid",
        Padding::Same => "same",
    }
}

impl KerasLayers for Conv2d {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let (name, mut x) = (name_of(path), x.clone());
        let padding = match self.padding {
            ConvPadding::Valid => "valid",
            ConvPadding::Same => "same",
            ConvPadding::Reflect => {
                let border = Border::of(shapes.input, shapes.output, self.kernel, self.stride, Padding::Same);
                let Border { above, left, below, right } = border;
                x = model.reflect(
                    &format!("{name}_border"),
                    &x,
                    [[0, 0], [above, below], [left, right], [0, 0]],
                );
                "valid"
            }
        };
        let (activation, after) = split(self.activation);
        let config = json!({
            "filters": self.filters, "kernel_size": pair(self.kernel), "strides": pair(self.stride), "padding": padding,
            "activation": activation,
        });
        let y = model.layer("Conv2D", &name, config, Inputs::One(&x), &shapes.output.dims());
        model.variables(path, &["kernel", "bias"]);
        model.activate_after(&name, after, y)
    }
}

impl KerasLayers for Conv2dTranspose {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let name = name_of(path);
        let (activation, after) = split(self.activation);
        let config = json!({
            "filters": self.filters, "kernel_size": pair(self.kernel), "strides": pair(self.stride),
            "padding": padding(self.padding), "activation": activation,
        });
        let y = model.layer("Conv2DTranspose", &name, config, Inputs::One(x), &shapes.output.dims());
        model.variables(path, &["kernel", "bias"]);
        model.activate_after(&name, after, y)
    }
}

/// `Conv2D`
pub fn read(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_plain()?;
    let (filters, activation) = (config.whole("filters")?, config.activation()?);
    let (size, stride) = (config.pair("kernel_size")?, config.pair_or_one("strides")?);
    let (border, tensors) = (config.padding()?, layer.kernel_and_bias(filters)?);
    check_image(layer, input)?;
    let shape = graph.shape(input.node);
    if !graph.is_border(input.node) {
        let padding = match border {
            Padding::Valid => ConvPadding::Valid,
            Padding::Same => ConvPadding::Same,
        };
        let initializer = Default::default();
        let conv =
            Conv2d { filters, kernel: size, stride, padding, activation: Default::default(), initializer };
        let y = layer.put(graph, input, conv, tensors)?;
        return layer.activated(graph, y, activation);
    }
    let (rows, columns, _) = shape.pixels();
    let output = |n: usize, step: usize| n.div_ceil(step.max(1)).max(1);
    let output = Shape::image(output(rows, stride.rows), output(columns, stride.columns), 1);
    let border = Border::of(shape, output, size, stride, border);
    let [kernel, bias] =
        <[(String, Vec<f32>); 2]>::try_from(tensors).expect("kernel and bias").map(|(_, values)| values);
    let what =
        Convolution { size, stride, border, more: Pair { rows: 0, columns: 0 }, filters, kernel, bias };
    let node = graph.convolution(layer.name(), input.node, what)?;
    layer.activated(graph, Value { node, dims: graph.shape(node).dims() }, activation)
}

/// `Conv2DTranspose`
pub fn read_transposed(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    config.check_plain()?;
    if !config.config["output_padding"].is_null() {
        return Err(
            config.refuse("output_padding", "here \"same\" makes a side as many times as long as its stride")
        );
    }
    check_image(layer, input)?;
    let filters = config.whole("filters")?;
    let conv = Conv2dTranspose {
        filters,
        kernel: config.pair("kernel_size")?,
        stride: config.pair_or_one("strides")?,
        padding: config.padding()?,
        activation: Default::default(),
        initializer: Default::default(),
    };
    let y = layer.put(graph, input, conv, layer.kernel_and_bias(filters)?)?;
    layer.activated(graph, y, config.activation()?)
}

/// `ZeroPadding2D`, and the operation `Pad` where it reflects.
pub fn border(layer: &KerasLayer<'_>, graph: &mut Graph, inputs: &[Value]) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    let (key, reflects) = if layer.class == "Pad" { ("pad_width", true) } else { ("padding", false) };
    let whole = |value: &Json| value.as_u64().and_then(|n| usize::try_from(n).ok());
    let side = |value: &Json| match value.as_array().map(Vec::as_slice) {
        Some([before, behind]) => whole(before).zip(whole(behind)),
        _ => whole(value).map(|n| (n, n)),
    };
    let sides = config.config[key].as_array().cloned().unwrap_or_default();
    let sides: Option<Vec<(usize, usize)>> = sides.iter().map(side).collect();
    let ((above, below), (left, right)) = match (sides.as_deref(), reflects) {
        (Some(&[rows, columns]), false) => (rows, columns),
        (Some(&[(0, 0), rows, columns, (0, 0)]), true) if config.config["mode"] == "reflect" => {
            (rows, columns)
        }
        _ => return Err(config.refuse(key, "there is no such border here")),
    };
    check_image(layer, input)?;
    let node = graph.border(layer.name(), input.node, Border { above, left, below, right }, reflects)?;
    Ok(Value { node, dims: graph.shape(node).dims() })
}

/// Refuses what is no image.
pub fn check_image(layer: &KerasLayer<'_>, input: &Value) -> Result<(), ExchangeError> {
    match input.dims.len() {
        3 => Ok(()),
        axes => {
            Err(ExchangeError::read(format!("{}: takes an image, not values of {axes} axes", layer.name())))
        }
    }
}
