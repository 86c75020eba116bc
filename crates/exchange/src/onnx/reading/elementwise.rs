//! Functions of each value, sums, products, concatenations

use network::{Activate, Activation, Shape};

use super::product::{add_constant, same_axes};
use super::reader::{Operator, Reader, Side, Value};
use super::view::View;
use crate::assembly::{Arithmetic, Merging, NodeId};
use crate::error::ExchangeError;

/// The activation of an operator.
pub fn activation(operator: &Operator<'_>) -> Result<Activation, ExchangeError> {
    Ok(match operator.node.op_type.as_str() {
        "Relu" => Activation::Relu,
        "LeakyRelu" => Activation::LeakyRelu { slope: operator.float("alpha", 0.01) },
        "Elu" => match operator.float("alpha", 1.0) {
            alpha if alpha > 0.0 && alpha.is_finite() => Activation::Elu { alpha },
            _ => return Err(operator.refuse("has an alpha that is not above 0")),
        },
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        "Softplus" => Activation::Softplus,
        "Swish" => Activation::Silu,
        "Gelu" if operator.text("approximate").is_none_or(|how| how == "none") => Activation::Gelu,
        _ => return Err(operator.refuse("is approximate, and here it is exact")),
    })
}

/// An activation.
pub fn activate(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let (activation, view) = (activation(operator)?, operator.data(0)?);
    reader.same_shape(&operator.name, view, Activate { activation }, Vec::new())
}

/// What only the drawing of codes has.
pub fn arithmetic(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let what = match operator.node.op_type.as_str() {
        "Exp" => Arithmetic::Exp,
        "Sqrt" => Arithmetic::Sqrt,
        other => Arithmetic::Other(other.to_owned()),
    };
    if operator.inputs.iter().flatten().any(|value| matches!(value, Value::Constant(_) | Value::Sides(..)))
        && operator.inputs.len() == 1
    {
        return Err(operator.refuse("computes a constant"));
    }
    let view = operator.data(0)?;
    reader.arithmetic(&operator.name, what, view, &[])
}

/// `Add`, `Sum`
pub fn add(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    match &operator.inputs[..] {
        [Some(Value::Data(view)), Some(Value::Constant(constant))]
        | [Some(Value::Constant(constant)), Some(Value::Data(view))] => {
            add_constant(reader, operator, &view.clone(), &constant.clone())
        }
        [Some(Value::Sides(a, axis)), Some(Value::Sides(b, _))] => {
            let sum = a.iter().zip(b).map(|sides| match sides {
                (Side::Known(a), Side::Known(b)) => a.checked_add(*b).map(Side::Known),
                _ => None,
            });
            let sum = sum
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| operator.refuse("computes sides that are not known"))?;
            Ok(Value::Sides(sum, *axis))
        }
        _ => merge(reader, operator, Merging::Add),
    }
}

/// `Mul`
pub fn multiply(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    match &operator.inputs[..] {
        [Some(Value::Data(view)), Some(Value::Constant(_) | Value::Noise)]
        | [Some(Value::Constant(_) | Value::Noise), Some(Value::Data(view))] => {
            reader.arithmetic(&operator.name, Arithmetic::Scale, &view.clone(), &[])
        }
        [Some(Value::Sides(a, axis)), Some(Value::Sides(b, _))] => {
            let product = a.iter().zip(b).map(|sides| match sides {
                (Side::Known(a), Side::Known(b)) => a.checked_mul(*b).map(Side::Known),
                _ => None,
            });
            let product = product
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| operator.refuse("computes sides that are not known"))?;
            Ok(Value::Sides(product, *axis))
        }
        _ => merge(reader, operator, Merging::Multiply),
    }
}

/// `Div`, which only the drawing of codes has.
pub fn divide(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let view = operator.data(0)?;
    reader.arithmetic(&operator.name, Arithmetic::Scale, view, &[])
}

/// Values of one shape, in one order.
fn merge(reader: &mut Reader, operator: &Operator<'_>, how: Merging) -> Result<Value, ExchangeError> {
    let views = all_data(operator)?;
    let [first, ..] = &views[..] else { return Err(operator.refuse("takes nothing")) };
    let (axes, nodes) = match same_axes(&views) {
        Some(nodes) if nodes.iter().all(|node| reader.graph.shape(*node) == reader.graph.shape(nodes[0])) => {
            (first.axes.clone(), nodes)
        }
        _ => {
            let nodes =
                views.iter().map(|view| reader.image(&operator.name, view)).collect::<Result<Vec<_>, _>>()?;
            (View::channels_first(0, reader.graph.shape(nodes[0]).pixels()).axes, nodes)
        }
    };
    let node = reader.graph.merge(&operator.name, how, nodes)?;
    Ok(Value::Data(View { node, axes }))
}

fn all_data(operator: &Operator<'_>) -> Result<Vec<View>, ExchangeError> {
    (0..operator.inputs.len()).map(|index| operator.data(index).cloned()).collect()
}

/// `Concat`, of channels or of whole numbers.
pub fn concat(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let mut sides = Vec::new();
    for input in operator.inputs.iter().flatten() {
        let Value::Sides(part, _) = input else { break };
        sides.extend(part.iter().copied());
    }
    if operator.inputs.iter().flatten().all(|input| matches!(input, Value::Sides(..))) {
        return Ok(Value::Sides(sides, true));
    }
    let views = all_data(operator)?;
    let rank = views.first().map_or(0, |view| view.axes.len()) as i64 + 1;
    let axis = operator.int("axis", 1);
    let axis = if axis < 0 { axis + rank } else { axis };
    let is_image = rank == 4;
    let nodes: Vec<NodeId> = match (is_image, axis) {
        (true, 1) => views.iter().map(|view| reader.image(&operator.name, view)).collect::<Result<_, _>>()?,
        (true, 3) => {
            let first = views.iter().map(|view| view.transposed(&[2, 0, 1]).unwrap_or_else(|| view.clone()));
            first.map(|view| reader.image(&operator.name, &view)).collect::<Result<_, _>>()?
        }
        (false, 1) if views.iter().all(View::is_plain) => {
            let vectors = views.iter().map(|view| reader.vector(&operator.name, view));
            vectors.collect::<Result<_, _>>()?
        }
        _ => return Err(operator.refuse("joins another axis than that of the channels")),
    };
    let node = reader.graph.merge(&operator.name, Merging::Concat, nodes)?;
    Ok(Value::Data(match (reader.graph.shape(node), axis) {
        (Shape::Vector(n), _) => View::plain(node, &[n]),
        (image, 1) => View::channels_first(node, image.pixels()),
        (image, _) => View::plain(node, &image.dims()),
    }))
}
