//! The files of a model, by their kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use exchange::{ExchangeError, ModelFile, StoredWeights};
use run::Digest;

use crate::error::Error;

/// What files hold.
pub struct FilesRead {
    /// Models, or weights alone.
    pub content: Content,
    /// The program that they are from.
    pub program: &'static str,
    /// Their hashes by name.
    pub digests: BTreeMap<String, Digest>,
}

/// Models, or weights alone.
pub enum Content {
    /// Nets with their weights.
    Models(Vec<ModelFile>),
    /// Weights, for the net of a recipe.
    Weights(Box<StoredWeights>),
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Keras,
    KerasWeights,
    Onnx,
    Safetensors,
    StateDict,
}

/// What a file's name says that it is.
fn kind(path: &Path) -> Result<Kind, Error> {
    let name = name_of(path).to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match () {
        () if ends(&[".keras"]) => Ok(Kind::Keras),
        () if ends(&[".weights.h5"]) => Ok(Kind::KerasWeights),
        () if ends(&[".onnx"]) => Ok(Kind::Onnx),
        () if ends(&[".safetensors"]) => Ok(Kind::Safetensors),
        () if ends(&[".pt", ".pth"]) => Ok(Kind::StateDict),
        () if ends(&[".h5", ".hdf5"]) => Err(Error::refused(format!(
            "{}: a whole model of Keras 2, or weights in an unknown order",
            path.display()
        ))
        .hint("load it in Keras 3, and save it with model.save(\"model.keras\")")),
        () => Err(Error::refused(format!("{}: is of no known kind", path.display()))
            .hint("files that are read end in .keras, .weights.h5, .onnx, .safetensors, .pt or .pth")),
    }
}

/// No model that is imported comes near this size.
const LARGEST: u64 = 1 << 33;

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let refuse = |why: String| Error::refused(format!("{}: {why}", path.display()));
    let found = fs::metadata(path).map_err(|error| refuse(format!("cannot open: {error}")))?;
    if !found.is_file() {
        return Err(refuse("is no file".into()));
    }
    if found.len() > LARGEST {
        return Err(refuse(format!("has more than the {LARGEST} bytes allowed of a model")));
    }
    fs::read(path).map_err(|error| refuse(format!("cannot read: {error}")))
}

/// Reads the files.
pub fn read(files: &[PathBuf]) -> Result<FilesRead, Error> {
    let kinds = files.iter().map(|path| kind(path)).collect::<Result<Vec<_>, _>>()?;
    let (Some(kind), Some(first)) = (kinds.first(), files.first()) else {
        return Err(Error::refused(
            "no files: give one of the whole model, or one of the encoder and one of the decoder",
        ));
    };
    if let Some(other) = kinds.iter().position(|other| other != kind) {
        let (a, b) = (first.display(), files[other].display());
        return Err(Error::refused(format!(
            "{a} and {b} are of two kinds; files of one kind belong together"
        )));
    }
    let (mut digests, mut models, mut weights) = (BTreeMap::new(), Vec::new(), StoredWeights::default());
    for path in files {
        let bytes = bytes(path)?;
        let own = name_of(path);
        let name = if digests.contains_key(&own) { path.display().to_string() } else { own };
        digests.insert(name.clone(), Digest::of(&bytes));
        match kind {
            Kind::Keras => models.push(exchange::keras::read_keras(&bytes, &name).map_err(refused)?),
            Kind::Onnx => {
                let folder = path.parent().unwrap_or(Path::new(""));
                let beside = |other: &str| fs::read(folder.join(other)).ok();
                models.push(exchange::onnx::read_onnx(&bytes, &name, &beside).map_err(refused)?);
            }
            Kind::KerasWeights => weights.add(exchange::keras::read_weights(bytes, &name).map_err(refused)?),
            Kind::Safetensors => {
                weights.add(exchange::torch::read_safetensors(&bytes, &name).map_err(refused)?)
            }
            Kind::StateDict => weights.add(exchange::torch::read_state_dict(&bytes, &name).map_err(refused)?),
        }
    }
    let (content, program) = match kind {
        Kind::Keras => (Content::Models(models), "Keras"),
        Kind::Onnx => (Content::Models(models), "ONNX"),
        Kind::KerasWeights => (Content::Weights(Box::new(weights)), "Keras"),
        Kind::Safetensors | Kind::StateDict => (Content::Weights(Box::new(weights)), "PyTorch"),
    };
    Ok(FilesRead { content, program, digests })
}

/// What readers refuse is the user's to mend.
pub fn refused(error: ExchangeError) -> Error {
    match error {
        ExchangeError::Read(what) => Error::refused(what),
        other => Error::from(other),
    }
}

/// A file's name for messages.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
