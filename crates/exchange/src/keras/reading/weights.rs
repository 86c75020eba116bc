//! The variables of a `.weights.h5` file, by layer.

use super::variables::Variables;
use crate::error::ExchangeError;
use crate::natural_order::natural;
use crate::weights::{Module, Program, StoredTensor, StoredWeights};

/// The weights in a `.weights.h5` file, which messages call `name`.
///
/// # Errors
/// If it is none, or damaged.
pub fn read_weights(bytes: Vec<u8>, name: &str) -> Result<StoredWeights, ExchangeError> {
    read(bytes, name).map_err(|error| error.in_file(name))
}

fn read(bytes: Vec<u8>, file: &str) -> Result<StoredWeights, ExchangeError> {
    let variables = Variables::open(bytes)?;
    let mut weights = StoredWeights::default();
    for stored in variables.list()? {
        // State of metrics and of random numbers has no axes, or is none of a layer's.
        let Some((path, number)) = stored.path.split_once("/vars/") else { continue };
        if stored.shape.is_empty() || path.ends_with("seed_generator") {
            continue;
        }
        let (shape, Some(values)) = (stored.shape, variables.get(&stored.path)?) else { continue };
        let tensor = StoredTensor { name: number.to_owned(), shape, values };
        let known = weights.modules.iter_mut().find(|module| module.path == path);
        match known {
            Some(module) => module.tensors.push(tensor),
            None => {
                let own_name = variables.layer_name(path).unwrap_or_default();
                weights.modules.push(Module {
                    path: path.to_owned(),
                    name: format!("{file} {own_name}"),
                    program: Program::Keras,
                    tensors: vec![tensor],
                });
            }
        }
    }
    if weights.modules.is_empty() {
        return Err(ExchangeError::read("has no weights of layers in it"));
    }
    weights.modules.sort_by_key(|module| natural(&module.path));
    Ok(weights)
}
