//! The card that lies beside an exported model.

use std::fmt::Write as _;

use model::Summary;
use run::{Manifest, Metrics};

use super::preprocessing::Preprocessing;
use super::{Axes, ExportOptions, ExportedPart, Format};
use crate::error::Error;
use crate::numbers::{count, grouped, value};
use crate::runs::Run;

/// What the model is, in a sentence.
pub fn sentence(run: &Run) -> Result<String, Error> {
    let manifest = run.dir.read::<Manifest>()?;
    let model = &run.trained.model;
    let network = model.network();
    let kind = if network.is_variational() { "A variational autoencoder" } else { "An autoencoder" };
    let parameters = grouped(Summary::new(network)?.parameters);
    Ok(format!(
        "{kind} of {parameters} parameters with codes of {}, trained by latentlab on {} ({}, seed {}, epoch {}).",
        count(model.code_shape().len(), "number"),
        manifest.data.name,
        manifest.recipe,
        manifest.seed,
        run.trained.epoch,
    ))
}

/// The card, in Markdown; `files` lie beside it.
pub fn card<'a>(
    run: &Run,
    options: &ExportOptions,
    files: impl Iterator<Item = &'a String>,
) -> Result<String, Error> {
    let manifest = run.dir.read::<Manifest>()?;
    let preprocessing = Preprocessing::of(run);
    let mut card = String::new();
    let licence = options.licence.as_deref().unwrap_or("unknown");
    let tag =
        if run.trained.model.network().is_variational() { "variational-autoencoder" } else { "autoencoder" };
    let _ = write!(
        card,
        "---\nlicense: {}\nlibrary_name: latentlab\ntags: [autoencoder, {tag}]\n---\n\n# {}\n\n{}\n",
        quoted(licence),
        manifest.recipe,
        sentence(run)?
    );
    let _ =
        write!(card, "\nFiles: {}.\n", files.map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", "));
    let _ = write!(card, "\n## How it is called\n\n{}", example(run, options));
    card += "\n## What it takes\n\n";
    for step in preprocessing.steps() {
        let _ = writeln!(card, "- {step}");
    }
    if let Some(columns) = preprocessing.columns() {
        card += "\n| column | mean | deviation |\n|---|---:|---:|\n";
        for ((name, mean), deviation) in columns.names.iter().zip(&columns.mean).zip(&columns.deviation) {
            let _ = writeln!(card, "| {} | {mean} | {deviation} |", name.replace('|', "\\|"));
        }
    }
    card += "\n## Data\n\n";
    let images: Vec<String> =
        manifest.data.images.iter().map(|(split, n)| format!("{} {split}", grouped(*n))).collect();
    let _ = writeln!(card, "{}: {}.", manifest.data.name, images.join(", "));
    numbers(run, &mut card)?;
    let _ = write!(
        card,
        "\n## Training\n\nMade by {} on {}; the recipe is `recipe.toml` of the run.\n",
        manifest.program,
        manifest.created.strftime("%Y-%m-%d"),
    );
    if options.licence.is_none() {
        card += "\nNobody has stated a licence of these weights: `latentlab export --licence` does.\n";
    }
    Ok(card)
}

/// A value of YAML that means only itself.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if is_plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// What `evaluate` measured of these weights.
fn numbers(run: &Run, card: &mut String) -> Result<(), Error> {
    let Ok(metrics) = run.dir.read::<Metrics>() else {
        let folder = run.dir.path().display();
        let _ = write!(
            card,
            "\n## Numbers\n\nNot measured yet: `latentlab evaluate {folder}` before the export.\n"
        );
        return Ok(());
    };
    card.push_str("\n## Numbers\n\n| | value | | better | of |\n|---|---:|---|---|---|\n");
    for (split, measured) in &metrics.splits {
        for (name, found) in &measured.metrics {
            let better = if found.direction == "neutral" { "" } else { &found.direction };
            let of = format!("{} {split}", grouped(found.samples));
            let _ = writeln!(card, "| {name} | {} | {} | {better} | {of} |", value(found.value), found.unit);
        }
    }
    Ok(())
}

/// Five lines that call it.
fn example(run: &Run, options: &ExportOptions) -> String {
    let network = run.trained.model.network();
    let dims = network.input.dims();
    let (encoder, decoder) = (options.part != ExportedPart::Decoder, options.part != ExportedPart::Encoder);
    let sides = |first: bool| {
        let dims = match (&dims[..], first) {
            ([height, width, channels], true) => vec![*channels, *height, *width],
            _ => dims.clone(),
        };
        dims.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
    };
    let code = network.shapes().map_or(0, |shapes| shapes.code.len());
    let variational = network.is_variational();
    let lines: Vec<String> = match options.format {
        Format::Onnx => {
            let shape = sides(options.axes == Axes::Nchw);
            let mut lines = vec!["import numpy, onnxruntime".to_owned()];
            if encoder {
                let outputs = if variational { "mean, log_var" } else { "(code,)" };
                lines.extend([
                    format!("images = numpy.zeros((1, {shape}), \"float32\")"),
                    "encoder = onnxruntime.InferenceSession(\"encoder.onnx\")".to_owned(),
                    match variational {
                        true => format!("{outputs} = encoder.run(None, {{\"image\": images}})"),
                        false => "[code] = encoder.run(None, {\"image\": images})".to_owned(),
                    },
                ]);
            }
            if decoder {
                let given = match (encoder, variational) {
                    (true, true) => "mean".to_owned(),
                    (true, false) => "code".to_owned(),
                    (false, _) => format!("numpy.zeros((1, {code}), \"float32\")"),
                };
                lines.extend([
                    "decoder = onnxruntime.InferenceSession(\"decoder.onnx\")".to_owned(),
                    format!("[decoded] = decoder.run(None, {{\"code\": {given}}})"),
                ]);
            }
            lines
        }
        Format::Keras => {
            let mut lines = vec!["import keras, numpy".to_owned()];
            if encoder {
                lines.extend([
                    format!("images = numpy.zeros((1, {}), \"float32\")", sides(false)),
                    "encoder = keras.models.load_model(\"encoder.keras\")".to_owned(),
                    match variational {
                        true => "mean, log_var = encoder(images)".to_owned(),
                        false => "code = encoder(images)".to_owned(),
                    },
                ]);
            }
            if decoder {
                let given = match (encoder, variational) {
                    (true, true) => "mean".to_owned(),
                    (true, false) => "code".to_owned(),
                    (false, _) => format!("numpy.zeros((1, {code}), \"float32\")"),
                };
                lines.push("decoder = keras.models.load_model(\"decoder.keras\")".to_owned());
                lines.push(format!("decoded = decoder({given})"));
            }
            lines
        }
        Format::Torch => vec![
            "import torch".to_owned(),
            "from model import load".to_owned(),
            "model = load()".to_owned(),
            format!("images = torch.zeros(1, {})", sides(true)),
            "codes = model.encode(images); decoded = model.decode(codes); scores = model.reconstruction_error(images)"
                .to_owned(),
        ],
        Format::Numpy => vec![
            "import numpy".to_owned(),
            "weights = numpy.load(\"weights.npz\")".to_owned(),
            "for name in weights: print(name, weights[name].shape)".to_owned(),
        ],
    };
    format!("```python\n{}\n```\n", lines.join("\n"))
}
