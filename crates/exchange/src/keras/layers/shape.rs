//! `flatten`, `reshape`

use network::{Flatten, Reshape};
use serde_json::{Value as Json, json};

use super::{KerasLayers, Shapes, name_of};
use crate::assembly::Graph;
use crate::error::ExchangeError;
use crate::keras::functional::{Functional, Inputs, KerasTensor};
use crate::keras::reading::{KerasLayer, Value};

impl KerasLayers for Flatten {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        model.layer("Flatten", &name_of(path), Json::Null, Inputs::One(x), &shapes.output.dims())
    }
}

impl KerasLayers for Reshape {
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
        let dims = shapes.output.dims();
        model.layer("Reshape", &name_of(path), json!({ "target_shape": dims }), Inputs::One(x), &dims)
    }
}

/// `Flatten`
pub fn read_flatten(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let input = layer.only(inputs)?;
    layer.config.check_channels_last()?;
    let count = graph.shape(input.node).len();
    layer.reshaped(graph, input, vec![count])
}

/// `Reshape`, and the operation `Reshape`, whose shape begins with the batch.
pub fn read_reshape(
    layer: &KerasLayer<'_>,
    graph: &mut Graph,
    inputs: &[Value],
) -> Result<Value, ExchangeError> {
    let (config, input) = (&layer.config, layer.only(inputs)?);
    let (key, skip) =
        if config.config["newshape"].is_array() { ("newshape", 1) } else { ("target_shape", 0) };
    let list = config.config[key].as_array().cloned().unwrap_or_default();
    let count = graph.shape(input.node).len();
    let given: Option<Vec<i64>> = list.iter().skip(skip).map(Json::as_i64).collect();
    let refuse = || config.refuse(key, &format!("must hold the {count} values of its input"));
    let given = given.filter(|dims| !dims.is_empty()).ok_or_else(refuse)?;
    let known = given.iter().filter(|n| **n != -1).try_fold(1usize, |product, n| {
        usize::try_from(*n).ok().filter(|n| *n > 0).and_then(|n| product.checked_mul(n))
    });
    let known = known.ok_or_else(refuse)?;
    let dims = given.iter().map(|n| usize::try_from(*n).unwrap_or(count / known)).collect::<Vec<_>>();
    if given.iter().filter(|n| **n == -1).count() > 1 || dims.iter().product::<usize>() != count {
        return Err(refuse());
    }
    layer.reshaped(graph, input, dims)
}
