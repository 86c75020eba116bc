//! Constants of a file.

use half::{bf16, f16};

use crate::assembly::dims;
use crate::error::ExchangeError;
use crate::onnx::messages::TensorProto;
use crate::parameters::{NamedTensor, permuted};

/// Values of a file; no constant of a model that is imported has more.
const MOST: usize = 1 << 28;

/// A constant of floating-point numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

impl Array {
    /// Its axes in another order.
    pub fn permuted(&self, order: &[usize]) -> Vec<f32> {
        permuted(NamedTensor { shape: &self.shape, values: &self.values }, order).1
    }

    /// Its only value, if it has one.
    pub fn number(&self) -> Option<f32> {
        if let [one] = self.values[..] { Some(one) } else { None }
    }
}

/// A constant, of whichever kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// Floating-point numbers.
    Floats(Array),
    /// Whole numbers, and whether there is an axis.
    Ints(Vec<i64>, bool),
}

/// Another file's content, by its name beside this one.
pub type Beside<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// The values of a tensor.
pub fn constant(tensor: &TensorProto, beside: Beside<'_>) -> Result<Constant, ExchangeError> {
    let name = &tensor.name;
    let refuse = |why: String| ExchangeError::read(format!("tensor {name:?} {why}"));
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|n| usize::try_from(*n).ok()).collect();
    let shape = shape.ok_or_else(|| refuse("has a negative side".into()))?;
    let count = shape.iter().try_fold(1usize, |n, m| n.checked_mul(*m)).filter(|n| *n <= MOST);
    let count = count.ok_or_else(|| refuse(format!("of {} is too large", dims(&shape))))?;
    let external;
    let raw = match tensor.data_location {
        1 => {
            external = outside(tensor, beside).ok_or_else(|| {
                refuse("lies in another file, which is not beside this one, or is too short".into())
            })?;
            &external
        }
        _ => &tensor.raw_data,
    };
    let floats = |values: Vec<f32>| Ok(Constant::Floats(Array { shape: shape.clone(), values }));
    let found = match tensor.data_type {
        1 if raw.is_empty() => floats(tensor.float_data.clone()),
        1 => floats(raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        11 if raw.is_empty() => floats(tensor.double_data.iter().map(|value| *value as f32).collect()),
        11 => floats(raw.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()),
        10 => floats(raw.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()),
        16 => floats(raw.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect()),
        7 if raw.is_empty() => Ok(Constant::Ints(tensor.int64_data.clone(), !shape.is_empty())),
        7 => {
            let ints = raw.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
            Ok(Constant::Ints(ints, !shape.is_empty()))
        }
        6 if raw.is_empty() => {
            let ints = tensor.int32_data.iter().map(|n| i64::from(*n)).collect();
            Ok(Constant::Ints(ints, !shape.is_empty()))
        }
        6 => {
            let ints = raw.as_chunks().0.iter().map(|bytes| i64::from(i32::from_le_bytes(*bytes))).collect();
            Ok(Constant::Ints(ints, !shape.is_empty()))
        }
        other => Err(refuse(format!("holds values of type {other}, which no layer here has"))),
    }?;
    let there = match &found {
        Constant::Floats(array) => array.values.len(),
        Constant::Ints(values, _) => values.len(),
    };
    if there != count {
        return Err(refuse(format!("has {there} values for {}", dims(&shape))));
    }
    Ok(found)
}

/// What lies in a file of its own, in this folder: a path that leads elsewhere is not followed.
fn outside(tensor: &TensorProto, beside: Beside<'_>) -> Option<Vec<u8>> {
    let value = |key: &str| {
        tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    };
    let location = value("location")?;
    let is_plain = !location.contains(['/', '\\', ':']) && location != ".." && !location.is_empty();
    let file = is_plain.then(|| beside(location)).flatten()?;
    let offset = value("offset").map_or(Some(0), |text| text.parse().ok())?;
    let length: usize = match value("length") {
        Some(text) => text.parse().ok()?,
        None => file.len().checked_sub(offset)?,
    };
    file.get(offset..offset.checked_add(length)?).map(<[u8]>::to_vec)
}
