//! State dicts in safetensors files.

use half::{bf16, f16};
use network::Network;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::{NETWORK, StateValues};
use crate::error::ExchangeError;
use crate::natural_order::natural;
use crate::weights::{Module, Program, StoredTensor, StoredWeights};

/// No header of a model that is imported comes near this size.
const LONGEST_HEADER: u64 = 1 << 24;

/// The state dict in a safetensors file, which messages call `name`.
///
/// # Errors
/// If it is none, or holds tensors of another kind than floating-point numbers and counters.
pub fn read_safetensors(bytes: &[u8], name: &str) -> Result<StoredWeights, ExchangeError> {
    read(bytes).map_err(|error| error.in_file(name))
}

fn read(bytes: &[u8]) -> Result<StoredWeights, ExchangeError> {
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    if length.is_none_or(|length| length > LONGEST_HEADER) {
        return Err(ExchangeError::read("is no safetensors file"));
    }
    let damaged = |error: safetensors::SafeTensorError| {
        ExchangeError::read(format!("is no whole safetensors file: {error}"))
    };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let network = metadata.metadata().as_ref().and_then(|header| header.get(NETWORK));
    let network = network.map(|network| serde_json::from_str::<Network>(network));
    let network = network.transpose().map_err(|error| {
        ExchangeError::read(format!("its header says of a network what cannot be read: {error}"))
    })?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut names = file.names();
    names.sort_by_key(|name| natural(name));
    let mut weights = StoredWeights::default();
    if let Some(network) = network {
        let parameters = own(&network, &file, bytes.len() / size_of::<f32>())?;
        weights.net = Some((network, parameters));
    }
    for name in names {
        let view = file.tensor(name).map_err(damaged)?;
        let Some(values) = floats(view.dtype(), view.data()) else {
            match view.shape() {
                [] => continue, // a counter
                _ => {
                    return Err(ExchangeError::read(format!(
                        "{name}: holds {:?}; weights are floating-point",
                        view.dtype()
                    )));
                }
            }
        };
        add(&mut weights, name, view.shape().to_vec(), values);
    }
    Ok(weights)
}

/// The parameters of a network in a file that this program wrote: where each lies is found by writing the places themselves,
/// in two halves, which single precision holds exactly.
fn own(network: &Network, file: &SafeTensors<'_>, most: usize) -> Result<Vec<f32>, ExchangeError> {
    const HALF: usize = 1 << 12;
    let views = network::parameter_views(network)?;
    let count = views.last().map_or(0, |view| view.range.end);
    if count > most + 1 {
        return Err(ExchangeError::read(format!(
            "has fewer values than the {count} parameters that its header promises"
        )));
    }
    let places = |of: fn(usize) -> usize| {
        super::torch(network, &(0..count).map(|place| of(place) as f32).collect::<Vec<_>>(), "")
    };
    let (low, high) = (places(|place| place % HALF)?, places(|place| place / HALF)?);
    let mut parameters = Vec::new();
    for view in &views {
        view.first_values(0, |value| parameters.push(value as f32));
    }
    for (low, high) in low.tensors.iter().zip(&high.tensors) {
        let (StateValues::Floats(low_places), StateValues::Floats(high_places)) = (&low.values, &high.values)
        else {
            continue;
        };
        let name = &low.name;
        let view = file
            .tensor(name)
            .map_err(|_| ExchangeError::read(format!("has no {name}, which its header promises")))?;
        let values = floats(view.dtype(), view.data()).filter(|values| values.len() == low_places.len());
        let values =
            values.ok_or_else(|| ExchangeError::read(format!("{name} is not what its header promises")))?;
        for ((low, high), value) in low_places.iter().zip(high_places).zip(values) {
            parameters[*high as usize * HALF + *low as usize] = value;
        }
    }
    Ok(parameters)
}

/// The values of a tensor; `None` of one that does not hold floating-point numbers.
pub fn floats(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        Dtype::F16 => data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        _ => return None,
    })
}

/// Puts a tensor to the others of its module.
pub fn add(weights: &mut StoredWeights, name: &str, shape: Vec<usize>, values: Vec<f32>) {
    let (path, own) = name.rsplit_once('.').unwrap_or(("", name));
    if own == "num_batches_tracked" {
        return;
    }
    if shape.iter().product::<usize>() == 1
        && !["weight", "bias", "running_mean", "running_var"].contains(&own)
    {
        weights.notes.push(format!("{name} is one number, no layer's, and is left out"));
        return;
    }
    let tensor = StoredTensor { name: own.to_owned(), shape, values };
    match weights.modules.iter_mut().find(|module| module.path == path) {
        Some(module) => module.tensors.push(tensor),
        None => weights.modules.push(Module {
            path: path.to_owned(),
            name: String::new(),
            program: Program::Torch,
            tensors: vec![tensor],
        }),
    }
}
