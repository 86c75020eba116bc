//! What a run's manifest says of the recipe and the data that it was begun with.

use std::collections::BTreeMap;

use data::{Splits, Values};
use run::{DataSet, Digest, Terms};

use crate::error::TrainError;
use crate::recipe::{Recipe, Views};

/// What [`run::Manifest::values`] holds.
pub(crate) fn values_of(splits: &Splits) -> Terms {
    /// Images of a set of the catalogue that are looked at.
    const SOME: usize = 2_000;
    let values = match splits.train.inventory() {
        Some(inventory) => inventory.values,
        None => Values::of(&[&splits.train], SOME),
    };
    [("mean", values.mean), ("contrast", values.contrast), ("spread", values.spread)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// Whether `splits` hold what `data` says, under whatever names of folder and file.
pub fn is_data_of(data: &DataSet, splits: &Splits) -> bool {
    let now = data_of(splits);
    let digests = |data: &DataSet| {
        let mut digests: Vec<String> = data.files.values().map(|digest| digest.sha256.clone()).collect();
        digests.sort_unstable();
        digests
    };
    data.images == now.images && digests(data) == digests(&now)
}

/// What [`run::Manifest::recipe_sha256`] holds: of the recipe's text with one epoch, no restarts of the learning rate, and
/// nothing to show.
///
/// # Errors
/// If the recipe cannot be written.
pub fn recipe_sha256(recipe: &Recipe) -> Result<String, TrainError> {
    let mut recipe = recipe.clone();
    recipe.training.epochs = 1;
    recipe.optimizer.schedule.restarts_mut().map(Vec::clear);
    recipe.show = Views::default();
    Ok(Digest::of(recipe.to_toml()?.as_bytes()).sha256)
}

/// What [`run::Manifest::data`] holds.
pub(crate) fn data_of(splits: &Splits) -> DataSet {
    let parts = [("train", &splits.train), ("valid", &splits.valid), ("test", &splits.test)];
    let mut files = BTreeMap::new();
    for (_, part) in parts {
        let given = part.files().iter().map(|file| ("", file));
        let clean = part.clean_files().iter().map(|file| ("clean: ", file));
        for (what, file) in given.chain(clean) {
            let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
            let name = format!("{what}{}", name.strip_suffix(".gz").unwrap_or(&name));
            files.insert(name, Digest { bytes: file.bytes, sha256: file.sha256.clone() });
        }
    }
    let images = parts.map(|(name, part)| (name.to_owned(), part.len() as u64)).into();
    DataSet { name: splits.train.name().to_owned(), files, images }
}
