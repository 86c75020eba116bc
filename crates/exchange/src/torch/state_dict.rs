//! State dicts in the archives that `torch.save` writes.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use safetensors::tensor::Dtype;
use zip::ZipArchive;

use super::pickle::{TensorPlace, Value, unpickle};
use super::reading::{add, floats};
use crate::error::ExchangeError;
use crate::weights::StoredWeights;

/// No pickle of a state dict comes near this size.
const LARGEST_PICKLE: u64 = 1 << 26;
/// Bytes of a model's weights.
const LARGEST_WEIGHTS: u64 = 1 << 32;

/// The state dict in a file that `torch.save` wrote, which messages call `name`. No code in it is run.
///
/// # Errors
/// If it is none, or holds anything but tensors.
pub fn read_state_dict(bytes: &[u8], name: &str) -> Result<StoredWeights, ExchangeError> {
    read(bytes).map_err(|error| error.in_file(name))
}

fn read(bytes: &[u8]) -> Result<StoredWeights, ExchangeError> {
    let damaged = |error: zip::result::ZipError| {
        ExchangeError::read(format!(
            "is no file of torch.save, which is a zip archive since PyTorch 1.6 ({error})"
        ))
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let pickle = archive.file_names().find(|name| name.ends_with("data.pkl")).map(str::to_owned);
    let pickle = pickle.ok_or_else(|| ExchangeError::read("is no file of torch.save: it has no data.pkl"))?;
    let folder = pickle.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    let value = unpickle(&entry(&mut archive, &pickle, LARGEST_PICKLE)?)?;
    let order = entry(&mut archive, &format!("{folder}byteorder"), 16).unwrap_or_default();
    if order.starts_with(b"big") {
        return Err(ExchangeError::read("was written on a big-endian machine; save it as safetensors"));
    }
    let mut tensors = Vec::new();
    let dict = state_dict(value).ok_or_else(|| {
        ExchangeError::read(
            "holds no state dict: save one with torch.save(model.state_dict(), \"model.pt\"), or as safetensors",
        )
    })?;
    flatten("", dict, 0, &mut tensors)?;
    let mut weights = StoredWeights::default();
    let mut storages: HashMap<String, Vec<f32>> = HashMap::new();
    let mut left = LARGEST_WEIGHTS / 4;
    for (name, place) in tensors {
        let dtype = match place.kind.as_str() {
            "FloatStorage" => Dtype::F32,
            "DoubleStorage" => Dtype::F64,
            "HalfStorage" => Dtype::F16,
            "BFloat16Storage" => Dtype::BF16,
            _ if place.shape.is_empty() => continue, // a counter
            kind => {
                return Err(ExchangeError::read(format!("{name}: holds {kind}; weights are floating-point")));
            }
        };
        if !storages.contains_key(&place.key) {
            let data = entry(&mut archive, &format!("{folder}data/{}", place.key), LARGEST_WEIGHTS)?;
            storages.insert(place.key.clone(), floats(dtype, &data).unwrap_or_default());
        }
        let values = gather(&place, &storages[&place.key]).filter(|values| {
            left = left.saturating_sub(values.len() as u64);
            left > 0
        });
        let values =
            values.ok_or_else(|| ExchangeError::read(format!("{name}: its values are not all there")))?;
        add(&mut weights, &name, place.shape, values);
    }
    Ok(weights)
}

fn entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    largest: u64,
) -> Result<Vec<u8>, ExchangeError> {
    let mut content = Vec::new();
    let file =
        archive.by_name(name).map_err(|error| ExchangeError::read(format!("has no {name} ({error})")))?;
    file.take(largest + 1)
        .read_to_end(&mut content)
        .map_err(|error| ExchangeError::read(format!("its {name} is damaged: {error}")))?;
    if content.len() as u64 > largest {
        return Err(ExchangeError::read(format!("its {name} has more than the {largest} bytes allowed")));
    }
    Ok(content)
}

/// The dictionary with the tensors: the whole, or that under one of the names that trainings give it.
fn state_dict(value: Value) -> Option<Vec<(Value, Value)>> {
    let Value::Dict(entries) = value else { return None };
    if entries.iter().any(|(_, value)| matches!(value, Value::Tensor(_))) {
        return Some(entries);
    }
    const NAMES: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "weights"];
    let is_it = |key: &Value| matches!(key, Value::Text(key) if NAMES.contains(&key.as_str()));
    let (_, inner) = entries.into_iter().find(|(key, _)| is_it(key))?;
    state_dict(inner)
}

fn flatten(
    path: &str,
    entries: Vec<(Value, Value)>,
    depth: usize,
    tensors: &mut Vec<(String, TensorPlace)>,
) -> Result<(), ExchangeError> {
    for (key, value) in entries {
        let (Value::Text(key), true) = (key, depth < 32) else {
            return Err(ExchangeError::read("holds names that are no text"));
        };
        let name = if path.is_empty() { key } else { format!("{path}.{key}") };
        match value {
            Value::Tensor(place) => tensors.push((name, place)),
            Value::Dict(inner) => flatten(&name, inner, depth + 1, tensors)?,
            _ => {}
        }
    }
    Ok(())
}

/// The values of a tensor in their order; `None` where they reach beyond what is there.
fn gather(place: &TensorPlace, storage: &[f32]) -> Option<Vec<f32>> {
    let TensorPlace { offset, shape, strides, .. } = place;
    let count = shape.iter().try_fold(1usize, |n, m| n.checked_mul(*m))?;
    if count == 0 || count > storage.len() {
        return None;
    }
    let last = shape.iter().zip(strides).try_fold(*offset, |last, (n, stride)| {
        (n - 1).checked_mul(*stride).and_then(|far| last.checked_add(far))
    })?;
    if last >= storage.len() {
        return None;
    }
    let value = |mut index: usize| {
        let mut at = *offset;
        for (n, stride) in shape.iter().zip(strides).rev() {
            at += index % n * stride;
            index /= n;
        }
        storage[at]
    };
    Some((0..count).map(value).collect())
}
