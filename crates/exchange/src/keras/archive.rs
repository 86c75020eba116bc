//! The files of Keras 3: `.weights.h5`, and `.keras`, an archive of a configuration and such weights.

use std::io::{Cursor, Write};

use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::functional::Variable;
use crate::error::ExchangeError;

/// What is said to have written the file: the version whose layout it has.
const KERAS_VERSION: &str = "3.9.0";

/// `model.weights.h5` with these variables, by their paths in it.
pub fn weights(variables: &[Variable]) -> Result<Vec<u8>, ExchangeError> {
    let mut file = FileBuilder::new();
    let mut root = Folder::default();
    for variable in variables {
        let parts: Vec<&str> = variable.path.split('/').collect();
        root.put(&parts, variable);
    }
    // Every object that is a layer has a group of its own variables, also where it has none.
    for (name, folder) in root.folders {
        let mut group = file.create_group(&name);
        folder.write(&mut group);
        file.add_group(group.finish());
    }
    let mut group = file.create_group("vars");
    group.set_attr("name", AttrValue::String("model".into()));
    file.add_group(group.finish());
    file.finish().map_err(|error| ExchangeError::Write(error.to_string()))
}

/// Groups within groups, in the order in which they came.
#[derive(Default)]
struct Folder<'a> {
    folders: Vec<(String, Folder<'a>)>,
    sets: Vec<(String, &'a Variable)>,
}

impl<'a> Folder<'a> {
    fn put(&mut self, path: &[&str], variable: &'a Variable) {
        let [first, rest @ ..] = path else { return };
        if rest.is_empty() {
            self.sets.push(((*first).to_owned(), variable));
            return;
        }
        let at = self.folders.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
            self.folders.push(((*first).to_owned(), Folder::default()));
            self.folders.len() - 1
        });
        self.folders[at].1.put(rest, variable);
    }

    fn write(&self, group: &mut GroupBuilder) {
        for (name, variable) in &self.sets {
            let shape: Vec<u64> = variable.shape.iter().map(|n| *n as u64).collect();
            group.create_dataset(name).with_f32_data(&variable.values).with_shape(&shape);
        }
        for (name, folder) in &self.folders {
            let mut inner = group.create_group(name);
            folder.write(&mut inner);
            group.add_group(inner.finish());
        }
    }
}

/// A `.keras` file of a model's configuration and variables.
pub fn archive(config: &Value, variables: &[Variable]) -> Result<Vec<u8>, ExchangeError> {
    let metadata = json!({ "keras_version": KERAS_VERSION, "date_saved": "1980-01-01@00:00:00" });
    let files = [
        ("metadata.json", metadata.to_string().into_bytes()),
        ("config.json", config.to_string().into_bytes()),
        ("model.weights.h5", weights(variables)?),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // As Keras does: the weights are read in place.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let write = |error: std::io::Error| ExchangeError::Write(error.to_string());
    for (name, bytes) in files {
        archive.start_file(name, options).map_err(|error| write(error.into()))?;
        archive.write_all(&bytes).map_err(write)?;
    }
    Ok(archive.finish().map_err(|error| write(error.into()))?.into_inner())
}
