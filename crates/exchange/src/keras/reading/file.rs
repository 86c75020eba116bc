//! The archive that a `.keras` file is.

use std::io::{Cursor, Read};

use network::{Loss, Reduction};
use serde_json::Value;
use zip::ZipArchive;

use super::model::read_model;
use super::variables::Variables;
use crate::assembly::{ImportedLoss, ModelFile};
use crate::error::ExchangeError;
use crate::layout::Layout;

/// No configuration comes near this size.
const LARGEST_CONFIGURATION: u64 = 1 << 26;
/// Weights of a model that is imported.
const LARGEST_WEIGHTS: u64 = 1 << 32;

/// The model in a `.keras` file, which messages call `name`.
///
/// # Errors
/// If it is none, or has a layer that there is none of here: with the layer's name, its place, and what is known.
pub fn read_keras(bytes: &[u8], name: &str) -> Result<ModelFile, ExchangeError> {
    read(bytes, name).map_err(|error| error.in_file(name))
}

fn read(bytes: &[u8], name: &str) -> Result<ModelFile, ExchangeError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        ExchangeError::read(format!("is no .keras file, which is a zip archive ({error})"))
    })?;
    let mut part = |part: &str, largest: u64| -> Result<Vec<u8>, ExchangeError> {
        let mut file = archive
            .by_name(part)
            .map_err(|error| ExchangeError::read(format!("is no .keras file: it has no {part} ({error})")))?;
        let mut content = Vec::new();
        file.by_ref()
            .take(largest + 1)
            .read_to_end(&mut content)
            .map_err(|error| ExchangeError::read(format!("its {part} is damaged: {error}")))?;
        if content.len() as u64 > largest {
            return Err(ExchangeError::read(format!("its {part} has more than the {largest} bytes allowed")));
        }
        Ok(content)
    };
    let json = |part: &str, bytes: &[u8]| {
        serde_json::from_slice::<Value>(bytes)
            .map_err(|error| ExchangeError::read(format!("its {part} is damaged: {error}")))
    };
    let metadata = json("metadata.json", &part("metadata.json", LARGEST_CONFIGURATION)?)?;
    let version = metadata["keras_version"].as_str().unwrap_or("an unknown version");
    if !version.starts_with('3') {
        return Err(ExchangeError::read(format!(
            "was written by Keras {version}, and files of Keras 3 are read: load it there and save it anew"
        )));
    }
    let config = json("config.json", &part("config.json", LARGEST_CONFIGURATION)?)?;
    let variables = Variables::open(part("model.weights.h5", LARGEST_WEIGHTS)?)?;
    let (model, notes) = read_model(&config, &variables)?;
    let compiled = &config["compile_config"];
    let optimizer = compiled["optimizer"]["class_name"]
        .as_str()
        .map(|class| (class.to_owned(), compiled["optimizer"]["config"]["learning_rate"].as_f64()));
    let loss = loss(&compiled["loss"]);
    Ok(ModelFile { file: name.to_owned(), model, loss, optimizer, layout: Layout::ChannelsLast, notes })
}

/// The loss that a model was compiled with, where there is one like it here: Keras takes means over values.
fn loss(compiled: &Value) -> Option<ImportedLoss> {
    let name = compiled.as_str().or_else(|| compiled["class_name"].as_str())?;
    let loss = match name {
        "binary_crossentropy" | "bce" | "BinaryCrossentropy" => Loss::Bce,
        "mse" | "MSE" | "mean_squared_error" | "MeanSquaredError" => Loss::SquaredError,
        _ => return None,
    };
    Some(ImportedLoss { loss, reduction: Reduction::Mean })
}
