//! `BatchNormalization`, `LayerNormalization`, `GroupNormalization`, `InstanceNormalization`

use network::{BatchNorm, GroupNorm, LayerNorm, Shape};

use super::reader::{Operator, Reader, Value};
use super::view::View;
use crate::error::ExchangeError;

/// Tensors of a layer by their names in it.
type Tensors = Vec<(String, Vec<f32>)>;

/// What has a number for each channel, put in the order of ours.
fn named(
    reader: &mut Reader,
    operator: &Operator<'_>,
    view: &View,
    names: &[&str],
) -> Result<(View, Tensors), ExchangeError> {
    let channels = operator.weights(1)?.values.len();
    let (node, places) = match view.axes.len() {
        1 if view.len() == channels => (reader.vector(&operator.name, view)?, view.places()),
        1 => return Err(operator.refuse(&format!("has {channels} numbers for {} channels", view.len()))),
        _ => {
            let node = reader.image(&operator.name, view)?;
            (node, (0..reader.graph.shape(node).pixels().2).collect())
        }
    };
    let mut tensors = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let array = operator.weights(number + 1)?;
        if array.values.len() != places.len() {
            return Err(operator.refuse(&format!(
                "has {} numbers for {} channels",
                array.values.len(),
                places.len()
            )));
        }
        let mut values = vec![0.0; places.len()];
        places.iter().zip(&array.values).for_each(|(place, value)| values[*place] = *value);
        tensors.push(((*name).to_owned(), values));
    }
    let view = match reader.graph.shape(node) {
        Shape::Vector(_) => View { node, axes: view.axes.clone() },
        image => View::channels_first(node, image.pixels()),
    };
    Ok((view, tensors))
}

/// `BatchNormalization`
pub fn batch(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let view = operator.data(0)?.clone();
    let (view, tensors) =
        named(reader, operator, &view, &["gamma", "beta", "moving_mean", "moving_variance"])?;
    let momentum = operator.float("momentum", 0.9);
    let momentum = if (0.0..1.0).contains(&momentum) { momentum } else { 0.9 };
    let norm =
        BatchNorm { momentum, epsilon: operator.float("epsilon", 1e-5), activation: Default::default() };
    reader.same_shape(&operator.name, &view, norm, tensors)
}

/// `LayerNormalization`, over the channels, which are the last axis then.
pub fn layer(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let view = operator.data(0)?.clone();
    let rank = view.axes.len() as i64 + 1;
    let (_, _, channels) = reader.graph.shape(view.node).pixels();
    let is_of_channels =
        view.axes.last().is_some_and(|axis| axis[..] == [(channels, 1)] || channels == 1 && axis.is_empty());
    if ![-1, rank - 1].contains(&operator.int("axis", -1)) || !is_of_channels {
        return Err(operator.refuse("goes over more axes than that of the channels, or another"));
    }
    let gamma = operator.weights(1)?.values.clone();
    let beta = operator.constant(2)?.map_or_else(|| vec![0.0; gamma.len()], |beta| beta.values.clone());
    let norm = LayerNorm { epsilon: operator.float("epsilon", 1e-5), activation: Default::default() };
    reader.same_shape(&operator.name, &view, norm, vec![("gamma".into(), gamma), ("beta".into(), beta)])
}

/// `GroupNormalization` with numbers for each channel, `InstanceNormalization`, which has a group for each.
pub fn group(reader: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let view = operator.data(0)?.clone();
    let (view, tensors) = named(reader, operator, &view, &["gamma", "beta"])?;
    let groups = match operator.node.op_type.as_str() {
        "InstanceNormalization" => reader.graph.shape(view.node).pixels().2,
        _ => usize::try_from(operator.int("num_groups", 1)).unwrap_or(0),
    };
    let norm = GroupNorm { groups, epsilon: operator.float("epsilon", 1e-5), activation: Default::default() };
    reader.same_shape(&operator.name, &view, norm, tensors)
}
