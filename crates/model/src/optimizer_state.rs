//! An optimizer's buffers as a safetensors file.
//!
//! Each buffer is cut like the parameters: `first_moment.encoder.0.kernel`, `second_moment.latent.mean.bias`,
//! …; the header says which optimizer it was and how many steps it made.

use network::{Network, Optimizer, OptimizerBuffers, parameter_views};
use serde::{Deserialize, Serialize};

use crate::error::{ModelError, WeightsError};
use crate::tensor_file::{self, Tensor, TensorFile};
use crate::weights::{count, header_json, read_header, tensors_of};

const SCHEMA: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    schema: u64,
    optimizer: Optimizer,
    steps: u64,
}

/// The safetensors file that holds `buffers`, which belong to the parameters of `network`.
///
/// # Errors
/// If the buffers are not of the network's length, or hold a value that is not finite.
pub fn optimizer_to_bytes(network: &Network, buffers: &OptimizerBuffers) -> Result<Vec<u8>, ModelError> {
    let views = parameter_views(network)?;
    let expected = count(&views);
    let mut values = Vec::new();
    for (_, slot) in buffers.slots() {
        if slot.len() != expected {
            return Err(WeightsError::Length { found: slot.len(), expected }.into());
        }
        values.extend(views.iter().map(|view| &slot[view.range.clone()]));
    }
    let header =
        header_json(&Header { schema: SCHEMA, optimizer: buffers.optimizer(), steps: buffers.steps() })?;
    let tensors = slots_of(network, buffers.optimizer())?;
    Ok(tensor_file::write(tensors.iter().zip(values), header)?)
}

/// Reads what [`optimizer_to_bytes`] wrote, for the same network and optimizer.
///
/// # Errors
/// The first thing that is not as it should be, with the tensor, what was found and what was expected.
pub fn optimizer_from_bytes(
    bytes: &[u8],
    network: &Network,
    optimizer: Optimizer,
) -> Result<OptimizerBuffers, ModelError> {
    let file = TensorFile::open(bytes)?;
    let header: Header = read_header(&file.header, SCHEMA)?;
    if header.optimizer.name() != optimizer.name() {
        return Err(WeightsError::Metadata {
            key: "optimizer",
            value: header.optimizer.name().to_owned(),
            allowed: format!("expected the state of {}", optimizer.name()),
        }
        .into());
    }
    let tensors = slots_of(network, optimizer)?;
    let values = file.read(&tensors)?;
    let count = optimizer.slots().len();
    let length = values.len() / count.max(1);
    let slots = values.chunks(length.max(1)).map(<[f32]>::to_vec).collect();
    let expected = length * count;
    let buffers = OptimizerBuffers::new(optimizer, header.steps, slots);
    Ok(buffers.ok_or(WeightsError::Length { found: values.len(), expected })?)
}

fn slots_of(network: &Network, optimizer: Optimizer) -> Result<Vec<Tensor>, ModelError> {
    let mut tensors = Vec::new();
    for slot in optimizer.slots() {
        let named = |tensor: Tensor| Tensor { name: format!("{slot}.{}", tensor.name), ..tensor };
        tensors.extend(tensors_of(network)?.into_iter().map(named));
    }
    Ok(tensors)
}
