//! `import`: a run of a model that another program trained.

use std::path::PathBuf;

use crate::lab::export::Axes;
use crate::lab::import::{ImportOptions, ImportedRun, import};
use crate::lab::numbers::grouped;
use crate::lab::shell::quoted;
use crate::train::Override;
use serde_json::json;

use crate::program::failure::Failure;
use crate::program::image_arguments::{DirArguments, ReadingArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Make a run of a model that Keras, PyTorch or another program trained
///
/// Everything that is done with runs can then be done with it: evaluate, map, anomalies, report, explore, export. Files are
/// read, and no code in them is run: a layer that draws the code of a VAE is known by its place. A .keras or .onnx file holds
/// a net; .weights.h5, .safetensors and .pt hold weights alone, and a recipe says of which net. What a file does not say, such
/// as how the model was trained, the run does not say either.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab import encoder.keras decoder.keras --data mnist --out runs/mine
  latentlab import autoencoder.keras --data photos/ --out runs/mine
  latentlab import vae.weights.h5 --recipe mnist-conv-vae --data mnist --out runs/mine
  latentlab import model.safetensors --recipe net.toml --data cifar.npz --out runs/mine
  latentlab import encoder.onnx decoder.onnx --data mnist --out runs/mine --loss squared_error
  latentlab import encoder.keras decoder.keras --data mnist --out runs/mine --set objective.kl.weight=0.5")]
pub struct Arguments {
    /// A file of the whole model, or one of its encoder and one of its decoder: .keras, .onnx, .weights.h5, .safetensors, .pt
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The data set that it is used on: a name (see: latentlab data), or a path as for train
    #[arg(long, value_name = "NAME|PATH")]
    pub data: String,

    /// Folder of the run
    #[arg(short, long, value_name = "RUN")]
    pub out: PathBuf,

    /// Built-in recipe or TOML file whose splits and loss are the model's; of weights alone, its net, too
    #[arg(long)]
    pub recipe: Option<String>,

    /// Reconstruction loss [default: by the file, or by the decoder's last layer] (objective.reconstruction.loss)
    #[arg(long, value_name = "LOSS")]
    pub loss: Option<String>,

    /// Layer that gives the code, of a model in one file [default: between its parts, or where it is narrowest]
    #[arg(long, value_name = "LAYER")]
    pub code: Option<String>,

    /// The order in which the values of an image became a vector [default: nhwc; of PyTorch nchw]
    #[arg(long, value_enum)]
    pub axes: Option<Axes>,

    /// Any other setting of the recipe, e.g. objective.kl.weight=0.5; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Overwrite the run that is in the folder
    #[arg(long)]
    pub force: bool,

    /// How data are read.
    #[command(flatten)]
    pub reading: ReadingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Imports.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let mut overrides = arguments.reading.overrides()?;
    if let Some(loss) = &arguments.loss {
        overrides.push(Override::set("objective.reconstruction.loss", loss.clone())?);
    }
    for setting in &arguments.settings {
        overrides.push(setting.parse::<Override>()?);
    }
    let Arguments { files, data, out: folder, recipe, code, axes, force: overwrite, dirs, .. } = arguments;
    let dirs = dirs.folders();
    let options = ImportOptions { files, data, recipe, overrides, code, axes, folder, overwrite, dirs };
    let imported = import(&options, &settings.lab)?;
    let ImportedRun { run, parameters, program, reasons, unknown, .. } = &imported;
    let mut text = format!("{} parameters from {program}\n", grouped(*parameters));
    reasons.iter().for_each(|reason| text += &format!("  {reason}\n"));
    text += "\nnot known\n";
    unknown.iter().for_each(|what| text += &format!("  {what}\n"));
    let folder = quoted(run.path());
    text += &format!("\nrun      {folder}\n\nnext\n");
    for verb in ["summary", "evaluate", "report", "explore"] {
        let end = if verb == "explore" { " --open" } else { "" };
        text += &format!("  latentlab {verb} {folder}{end}\n");
    }
    let json = json!({
        "run": run.path().display().to_string(),
        "program": program,
        "parameters": parameters,
        "reasons": reasons,
        "unknown": unknown,
    });
    Ok(Outcome::done(text, json))
}
