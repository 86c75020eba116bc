//! `export`: a run's model in the formats of other programs.

use std::path::PathBuf;

use crate::lab::export::{Axes, ExportOptions, ExportedPart, Format, export};
use crate::lab::numbers::count;

use crate::program::destination::check_folder;
use crate::program::failure::Failure;
use crate::program::image_arguments::RunArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Write a run's model for ONNX, Keras, PyTorch or NumPy
///
/// A folder is written, with a card (README.md) that says what the model is, what it takes, and how it is called in five
/// lines. Every format gives the numbers that latentlab gives, up to the rounding of single precision.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab export runs/mnist-conv-vae-1 --to onnx --out mnist-vae/
  latentlab export runs/mnist-conv-vae-1 --to keras --part decoder --out decoder/
  latentlab export runs/faces-1 --to torch --out faces/ --licence CC-BY-4.0")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// For which program
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub to: Format,

    /// What of the model
    #[arg(long, value_enum, default_value = "all")]
    pub part: ExportedPart,

    /// The order of an image's axes, of ONNX
    #[arg(long, value_enum, default_value = "nhwc")]
    pub axes: Axes,

    /// Have the decoder give logits, of ONNX, instead of pixels
    #[arg(long)]
    pub logits: bool,

    /// The licence that the card states, as SPDX writes it
    #[arg(long, alias = "license", value_name = "LICENCE")]
    pub licence: Option<String>,

    /// Folder to write into
    #[arg(short, long, value_name = "FOLDER")]
    pub out: PathBuf,

    /// Overwrite files of the same names
    #[arg(long)]
    pub force: bool,
}

/// Exports.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    check_folder(&arguments.out, arguments.force)?;
    let opened = arguments.run.open(settings)?;
    let Arguments { to: format, part, axes, logits, licence, .. } = arguments;
    let options = ExportOptions { format, part, axes, logits, licence };
    let files = export(&opened, &options, &arguments.out)?;
    Ok(Outcome::files(&count(files.len(), "file"), &files))
}
