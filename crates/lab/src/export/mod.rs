//! A run's model in the formats of other programs, with a card that says what it is and how it is called.

mod card;
mod preprocessing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use exchange::keras::{KerasPart, keras};
use exchange::onnx::{Layout, OnnxOptions, Part, onnx};
use exchange::torch::torch;
use network::parameter_views;
use run::{Manifest, atomic_write};

use crate::arrays::{Npz, Values};
use crate::error::Error;
use crate::runs::Run;
use preprocessing::Preprocessing;

/// A program whose format a model is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// ONNX graphs of encoder, decoder, reconstruction and anomaly score, for onnxruntime and others
    Onnx,
    /// Keras 3: .keras files that load without custom code, and .weights.h5
    Keras,
    /// PyTorch: a module in model.py, its weights in model.safetensors
    Torch,
    /// The tensors alone, as NumPy arrays
    Numpy,
}

/// What of a model is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum ExportedPart {
    /// Images to codes
    Encoder,
    /// Codes to images
    Decoder,
    /// Both, and what is made of both
    #[default]
    All,
}

/// The order of an image's axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Axes {
    /// Batch, height, width, channels
    #[default]
    Nhwc,
    /// Batch, channels, height, width
    Nchw,
}

/// What is written, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// The format.
    pub format: Format,
    /// The part.
    pub part: ExportedPart,
    /// The order of an image's axes, of ONNX.
    pub axes: Axes,
    /// Whether the decoder gives logits, of ONNX; of an objective that takes logits.
    pub logits: bool,
    /// The licence that the card states.
    pub licence: Option<String>,
}

impl ExportOptions {
    /// All of the model in a format.
    pub fn new(format: Format) -> Self {
        Self { format, part: ExportedPart::All, axes: Axes::Nhwc, logits: false, licence: None }
    }
}

/// Writes the model of `run` into `folder`, and returns the files that were written.
///
/// ```no_run
/// use lab::export::{ExportOptions, Format, export};
///
/// let run = lab::Run::open("runs/mnist-conv-vae-1", None, &lab::Lab::default())?;
/// for file in export(&run, &ExportOptions::new(Format::Onnx), "exported".as_ref())? {
///     println!("{}", file.display());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If options do not go with the format, or the folder cannot be written.
pub fn export(run: &Run, options: &ExportOptions, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    options.check(run)?;
    let mut files = options.files(run)?;
    files.insert("README.md".into(), card::card(run, options, files.keys())?.into_bytes());
    fs::create_dir_all(folder)
        .map_err(|error| Error::fault(format!("{}: cannot create the folder: {error}", folder.display())))?;
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = folder.join(name);
        atomic_write(&path, &bytes)?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

impl ExportOptions {
    fn check(&self, run: &Run) -> Result<(), Error> {
        let refused = |option: &str, why: &str| Err(Error::refused(format!("{option}: {why}")));
        if self.format != Format::Onnx && self.axes == Axes::Nchw {
            return match self.format {
                Format::Torch => refused("--axes nchw", "is how PyTorch has images anyway; leave it out"),
                _ => refused("--axes nchw", "goes with --to onnx"),
            };
        }
        if self.format == Format::Torch && self.part != ExportedPart::All {
            return refused("--part", "a module of PyTorch holds encoder and decoder; leave it out");
        }
        if self.logits && self.format != Format::Onnx {
            return refused("--logits", "goes with --to onnx; elsewhere the sigmoid is a step of its own");
        }
        if self.logits && run.trained.model.network().objective.reconstruction.loss != network::Loss::Bce {
            return refused(
                "--logits",
                "this model's decoder gives no logits; they come with the loss \"bce\"",
            );
        }
        Ok(())
    }

    /// The files by name, but for the card.
    fn files(&self, run: &Run) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let model = &run.trained.model;
        let (network, parameters) = (model.network(), model.parameters());
        let mut files = BTreeMap::new();
        match self.format {
            Format::Onnx => {
                let options = OnnxOptions {
                    layout: match self.axes {
                        Axes::Nhwc => Layout::ChannelsLast,
                        Axes::Nchw => Layout::ChannelsFirst,
                    },
                    logits: self.logits,
                    description: card::sentence(run)?,
                    metadata: metadata(run)?,
                };
                for part in self.onnx_parts() {
                    files.insert(
                        format!("{}.onnx", part.name()),
                        onnx(network, &parameters, *part, &options)?,
                    );
                }
            }
            Format::Keras => {
                for part in self.keras_parts() {
                    let written = keras(network, &parameters, *part)?;
                    files.insert(format!("{}.keras", part.name()), written.model);
                    files.insert(format!("{}.weights.h5", part.name()), written.weights);
                }
            }
            Format::Torch => {
                let module = torch(network, &parameters, &card::sentence(run)?)?;
                files.insert("model.safetensors".into(), module.safetensors()?);
                files.insert("model.py".into(), module.source.into_bytes());
            }
            Format::Numpy => {
                let mut npz = Npz::default();
                for view in parameter_views(network)? {
                    let is_wanted = match self.part {
                        ExportedPart::All => true,
                        ExportedPart::Decoder => view.name.starts_with("decoder."),
                        ExportedPart::Encoder => !view.name.starts_with("decoder."),
                    };
                    if is_wanted {
                        npz.add(&view.name, &view.shape, &Values::Floats(parameters[view.range].to_vec()))?;
                    }
                }
                files.insert("weights.npz".into(), npz.bytes()?);
            }
        }
        Ok(files)
    }

    fn onnx_parts(&self) -> &'static [Part] {
        match self.part {
            ExportedPart::Encoder => &[Part::Encoder],
            ExportedPart::Decoder => &[Part::Decoder],
            ExportedPart::All => &Part::ALL,
        }
    }

    fn keras_parts(&self) -> &'static [KerasPart] {
        match self.part {
            ExportedPart::Encoder => &[KerasPart::Encoder],
            ExportedPart::Decoder => &[KerasPart::Decoder],
            ExportedPart::All => &KerasPart::ALL,
        }
    }
}

/// What programs may ask of an ONNX file.
fn metadata(run: &Run) -> Result<Vec<(String, String)>, Error> {
    let manifest = run.dir.read::<Manifest>()?;
    let preprocessing = Preprocessing::of(run);
    let mut metadata = vec![
        ("recipe".to_owned(), manifest.recipe),
        ("data".to_owned(), manifest.data.name),
        ("epoch".to_owned(), run.trained.epoch.to_string()),
        ("preprocessing".to_owned(), preprocessing.json().to_string()),
    ];
    let name = run.trained.recipe.data.name.as_deref();
    if let Some(set) = name.and_then(data::find) {
        metadata.push(("classes".to_owned(), serde_json::json!(set.classes).to_string()));
    }
    Ok(metadata)
}
