//! Weights as a safetensors file that says which network they belong to.
//!
//! Tensors are named as in the engine's parameter buffer (`encoder.0.kernel`, `latent.mean.kernel`,
//! `decoder.1.bias`, …), so encoder and decoder are told apart by name, and lie in Keras' layouts. The header
//! carries the network's specification, so that the file alone is enough to use the model.

use network::{Network, ParameterView, parameter_views};
use serde::{Deserialize, Serialize};

use crate::error::{ModelError, WeightsError};
use crate::tensor_file::{self, Tensor, TensorFile};

/// The version of the file's header.
const SCHEMA: u64 = 1;

/// A network with its parameters, as read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// What the parameters belong to.
    pub network: Network,
    /// All parameters in the order of [`parameter_views`].
    pub parameters: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    schema: u64,
    network: Network,
}

/// The safetensors file that holds `parameters`. The same values give the same bytes.
///
/// # Errors
/// If there are more or fewer parameters than the network has, or one is not finite.
pub fn to_bytes(network: &Network, parameters: &[f32]) -> Result<Vec<u8>, ModelError> {
    let views = parameter_views(network)?;
    let expected = count(&views);
    if parameters.len() != expected {
        return Err(WeightsError::Length { found: parameters.len(), expected }.into());
    }
    let header = header_json(&Header { schema: SCHEMA, network: network.clone() })?;
    let tensors = tensors_of(network)?;
    let values = views.iter().map(|view| &parameters[view.range.clone()]);
    Ok(tensor_file::write(tensors.iter().zip(values), header)?)
}

/// Reads what [`to_bytes`] wrote.
///
/// Length, header, names, shapes and types are checked against each other and against the network before
/// memory is taken for the values; the values must be finite.
///
/// # Errors
/// The first thing that is not as it should be, with the tensor, what was found and what was expected.
pub fn from_bytes(bytes: &[u8]) -> Result<Weights, ModelError> {
    let file = TensorFile::open(bytes)?;
    let header: Header = read_header(&file.header, SCHEMA)?;
    let tensors = tensors_of(&header.network)?;
    Ok(Weights { parameters: file.read(&tensors)?, network: header.network })
}

/// Values of all parameters.
pub(crate) fn count(views: &[ParameterView]) -> usize {
    views.iter().map(|view| view.range.len()).sum()
}

/// Names and shapes of a network's parameters.
pub(crate) fn tensors_of(network: &Network) -> Result<Vec<Tensor>, ModelError> {
    let views = parameter_views(network)?;
    Ok(views.into_iter().map(|view| Tensor { name: view.name, shape: view.shape }).collect())
}

pub(crate) fn header_json(header: &impl Serialize) -> Result<String, WeightsError> {
    serde_json::to_string(header).map_err(|error| WeightsError::Format(error.to_string()))
}

/// Reads a header's JSON after a look at its version.
pub(crate) fn read_header<T: for<'a> Deserialize<'a>>(json: &str, known: u64) -> Result<T, WeightsError> {
    #[derive(Deserialize)]
    struct Version {
        schema: u64,
    }
    let refuse = |error: serde_json::Error| WeightsError::Metadata {
        key: "latentlab",
        value: shorten(json),
        allowed: error.to_string(),
    };
    let Version { schema } = serde_json::from_str(json).map_err(refuse)?;
    if schema != known {
        let allowed = format!("this program reads schema {known}; a newer latentlab wrote it");
        return Err(WeightsError::Metadata { key: "schema", value: schema.to_string(), allowed });
    }
    serde_json::from_str(json).map_err(refuse)
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
