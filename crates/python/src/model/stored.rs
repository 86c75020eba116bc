//! A model as bytes: recipe and weights, and nothing of the data.

use latentlab::run::Slot;
use serde::{Deserialize, Serialize};

/// What stands before the weights in a model's bytes.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    recipe: String,
    slot: String,
    epoch: u64,
}

/// What a model's bytes begin with.
const MAGIC: &[u8] = b"latentlab model\n";

/// What the header of bytes that can be read says of itself.
const VERSION: u32 = 1;

/// What bytes hold.
pub(super) struct Stored<'a> {
    /// As TOML.
    pub recipe: String,
    /// `best` or `last`.
    pub slot: String,
    /// Epochs of training.
    pub epoch: u64,
    /// As safetensors.
    pub weights: &'a [u8],
}

/// Bytes that [`read`] reads.
pub(super) fn write(recipe: String, slot: Slot, epoch: u64, weights: &[u8]) -> serde_json::Result<Vec<u8>> {
    let header = Header { version: VERSION, recipe, slot: slot.name().to_owned(), epoch };
    let header = serde_json::to_vec(&header)?;
    let length = (header.len() as u64).to_le_bytes();
    Ok([MAGIC, &length, &header, weights].concat())
}

/// What [`write`] wrote, or why these bytes are something else.
pub(super) fn read(data: &[u8]) -> Result<Stored<'_>, String> {
    let rest = data.strip_prefix(MAGIC).ok_or("they begin otherwise")?;
    let (length, rest) = rest.split_first_chunk().ok_or("they end early")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= rest.len());
    let (header, weights) = rest.split_at(length.ok_or("they end early")?);
    let Header { version, recipe, slot, epoch } =
        serde_json::from_slice(header).map_err(|error| error.to_string())?;
    if version != VERSION {
        return Err(format!("version {version}, and {VERSION} is read here"));
    }
    Ok(Stored { recipe, slot, epoch, weights })
}
