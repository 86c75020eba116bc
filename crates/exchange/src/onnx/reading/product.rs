//! `Gemm`, `MatMul`, and the bias that is added behind

use network::{Conv2d, ConvPadding, Dense, Pair, Shape};

use super::array::Array;
use super::reader::{Operator, Reader, Value};
use super::view::{View, length};
use crate::assembly::{Arithmetic, NodeId};
use crate::error::ExchangeError;

/// `Gemm`
pub fn gemm(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let (alpha, beta) = (operator.float("alpha", 1.0), operator.float("beta", 1.0));
    if operator.int("transA", 0) != 0 {
        return Err(operator.refuse("transposes what it takes"));
    }
    let input = operator.data(0)?.clone();
    let weights = operator.weights(1)?;
    let transposed = Array {
        shape: weights.shape.iter().rev().copied().collect(),
        values: if weights.shape.len() == 2 { weights.permuted(&[1, 0]) } else { Vec::new() },
    };
    let weights = if operator.int("transB", 0) == 0 { weights } else { &transposed };
    let units = weights.shape.last().copied().unwrap_or_default();
    let bias = match operator.constant(2)? {
        None => vec![0.0; units],
        Some(bias) if bias.values.len() == units => bias.values.iter().map(|value| beta * value).collect(),
        Some(bias) => match bias.number() {
            Some(value) => vec![beta * value; units],
            None => return Err(operator.refuse("adds a matrix, and dense layers here add a vector")),
        },
    };
    let scaled = Array {
        shape: weights.shape.clone(),
        values: weights.values.iter().map(|value| alpha * value).collect(),
    };
    dense(reader, operator, &input, &scaled, bias)
}

/// `MatMul` with constant weights
pub fn product(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let input = operator.data(0)?.clone();
    let weights = operator.weights(1)?.clone();
    let units = weights.shape.last().copied().unwrap_or_default();
    match input.axes.len() {
        1 => dense(reader, operator, &input, &weights, vec![0.0; units]),
        _ => pixels(reader, operator, &input, &weights, vec![0.0; units]),
    }
}

fn dense(
    reader: &mut Reader,
    operator: &Operator<'_>,
    input: &View,
    weights: &Array,
    bias: Vec<f32>,
) -> Result<Value, ExchangeError> {
    let node = reader.vector(&operator.name, input)?;
    let [rows, units] = weights.shape[..] else {
        return Err(operator.refuse("has weights that are no matrix"));
    };
    let count = reader.graph.shape(node).len();
    if rows != count || input.len() != count || weights.values.len() != rows * units {
        return Err(operator.refuse(&format!("has weights for {rows} values, and takes {count}")));
    }
    let places = input.places();
    let mut kernel = vec![0.0; rows * units];
    for (row, place) in places.iter().enumerate() {
        kernel[place * units..][..units].copy_from_slice(&weights.values[row * units..][..units]);
    }
    let layer = Dense { units, activation: Default::default(), initializer: Default::default() };
    let output = reader.graph.layer(
        &operator.name,
        node,
        layer,
        vec![("kernel".into(), kernel), ("bias".into(), bias)],
    )?;
    Ok(Value::Data(View::plain(output, &[units])))
}

/// A product over the last of several axes, which is that of the channels: a convolution of single pixels.
fn pixels(
    reader: &mut Reader,
    operator: &Operator<'_>,
    input: &View,
    weights: &Array,
    bias: Vec<f32>,
) -> Result<Value, ExchangeError> {
    let [channels, units] = weights.shape[..] else {
        return Err(operator.refuse("has weights that are no matrix"));
    };
    let refuse = || operator.refuse("multiplies another axis than that of the channels");
    let (last, before) = input.axes.split_last().ok_or_else(refuse)?;
    let is_of_channels = (last[..] == [(channels, 1)] || channels == 1 && last.is_empty())
        && before.iter().flatten().all(|(_, step)| step % channels.max(1) == 0);
    let count = input.len();
    if !is_of_channels || count == 0 || channels == 0 {
        return Err(refuse());
    }
    let shape = match reader.graph.shape(input.node) {
        image @ Shape::Image { channels: own, .. } if own == channels => image,
        _ => Shape::image(count / channels, 1, channels),
    };
    let node = reader.shaped(&operator.name, input.node, shape)?;
    let layer = Conv2d {
        filters: units,
        kernel: Pair::square(1),
        stride: Pair::square(1),
        padding: ConvPadding::Valid,
        activation: Default::default(),
        initializer: Default::default(),
    };
    let tensors = vec![("kernel".into(), weights.values.clone()), ("bias".into(), bias)];
    let output = reader.graph.layer(&operator.name, node, layer, tensors)?;
    let moved = |axis: &Vec<(usize, usize)>| {
        axis.iter().map(|(count, step)| (*count, step / channels * units)).collect()
    };
    let mut axes: Vec<Vec<(usize, usize)>> = before.iter().map(moved).collect();
    axes.push(if units == 1 { Vec::new() } else { vec![(units, 1)] });
    Ok(Value::Data(View { node: output, axes }))
}

/// A constant added to a value: a bias, where a linear layer is before.
pub fn add_constant(
    reader: &mut Reader,
    operator: &Operator<'_>,
    view: &View,
    constant: &Array,
) -> Result<Value, ExchangeError> {
    if let Some(more) = per_channel(reader, view, constant)
        && let Some(node) = reader.graph.with_bias(view.node, &more)?
    {
        return Ok(Value::Data(View { node, axes: view.axes.clone() }));
    }
    reader.arithmetic(&operator.name, Arithmetic::Other("a constant is added".into()), view, &[])
}

/// The values of a constant for each channel of ours, where it has one for each.
pub fn per_channel(reader: &Reader, view: &View, constant: &Array) -> Option<Vec<f32>> {
    let (_, _, channels) = reader.graph.shape(view.node).pixels();
    if let Some(value) = constant.number() {
        return Some(vec![value; channels]);
    }
    let is_vector = matches!(reader.graph.shape(view.node), Shape::Vector(_));
    // The constant's sides, from the last, beside the view's.
    let sides: Vec<usize> = constant.shape.iter().rev().copied().collect();
    let axis = sides.iter().position(|side| *side != 1)?;
    if sides.iter().filter(|side| **side != 1).count() != 1 || sides[axis] != channels {
        return None;
    }
    let own = view.axes.get(view.axes.len().checked_sub(axis + 1)?)?;
    match (is_vector, &own[..]) {
        (_, [(n, 1)]) if *n == channels => Some(constant.values.clone()),
        (true, _) if length(own) == channels => {
            let mut values = vec![0.0; channels];
            let places = View { node: view.node, axes: vec![own.clone()] }.places();
            places.iter().zip(&constant.values).for_each(|(place, value)| values[*place] = *value);
            Some(values)
        }
        _ => None,
    }
}

/// Several nodes as one list: for values that are put together.
pub fn same_axes(views: &[View]) -> Option<Vec<NodeId>> {
    let first = views.first()?;
    views.iter().all(|view| view.axes == first.axes).then(|| views.iter().map(|view| view.node).collect())
}
