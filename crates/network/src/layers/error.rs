//! What is wrong with a layer, and the checks that several layers share.

use super::MAX_VALUES;
use crate::shape::Shape;
use crate::window::Pair;

/// A layer cannot follow the shape before it, or a number in it is out of range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: {allowed}")]
pub struct LayerError {
    /// The field of the layer; of a layer inside it, with its place: `layers[1].stride`, `branches[0][2].units`.
    pub field: String,
    /// What it held.
    pub value: String,
    /// What would be right.
    pub allowed: String,
}

impl LayerError {
    pub(crate) fn new(field: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self { field: field.into(), value: value.to_string(), allowed: allowed.into() }
    }
}

pub(crate) fn at_least_one(field: &str, value: usize) -> Result<(), LayerError> {
    if value == 0 { Err(LayerError::new(field, value, "must be at least 1")) } else { Ok(()) }
}

pub(crate) fn pair_at_least_one(field: &str, pair: Pair) -> Result<(), LayerError> {
    if pair.rows == 0 || pair.columns == 0 {
        return Err(LayerError::new(field, pair, "must be at least 1"));
    }
    Ok(())
}

pub(crate) fn positive(field: &str, value: f32) -> Result<(), LayerError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(LayerError::new(field, value, "must be greater than 0"))
}

/// A part of a whole, from 0 and below 1.
pub(crate) fn part(field: &str, value: f32) -> Result<(), LayerError> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(LayerError::new(field, value, "must be at least 0 and below 1"))
}

pub(crate) fn too_small(field: &str, pair: Pair, input: Shape) -> LayerError {
    let allowed = format!("larger than the input {input}; use a smaller window or padding = \"same\"");
    LayerError::new(field, pair, allowed)
}

/// Height, width and channels of an image; a vector is refused.
pub(crate) fn image(input: Shape, kind: &str) -> Result<(usize, usize, usize), LayerError> {
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

/// The values of a vector; an image is refused.
pub(crate) fn vector(input: Shape, kind: &str) -> Result<usize, LayerError> {
    match input {
        Shape::Vector(n) => Ok(n),
        Shape::Image { .. } => Err(LayerError::new(
            "input",
            input,
            format!("{kind} takes a vector; put {{ layer = \"flatten\" }} before it"),
        )),
    }
}

/// Refuses a kernel that no machine of today holds together with its gradient and moments; `field` = `outputs` makes it
/// so large.
pub(crate) fn kernel(field: &str, outputs: usize, shape: &[usize]) -> Result<(), LayerError> {
    if shape.iter().try_fold(1usize, |n, m| n.checked_mul(*m)).is_some_and(|n| n <= MAX_VALUES) {
        return Ok(());
    }
    let shape: Vec<_> = shape.iter().map(ToString::to_string).collect();
    let allowed = format!("a kernel of {} is more than the {MAX_VALUES} values allowed", shape.join(" × "));
    Err(LayerError::new(field, outputs, allowed))
}
