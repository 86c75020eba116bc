//! An autoencoder from the models of one file, or of two.

use network::{Activation, Code, GaussianLatent, Latent, LikelihoodBound, Shape};

use super::chain::Chains;
use super::code::{Heads, described, doubled, drawn, heads_of, named, narrowest};
use super::dominators::Dominators;
use super::graph::{Graph, Model, NodeId, Operation};
use super::imported::{Imported, ImportedLoss};
use super::tidy::strip_activation;
use super::weighted_layer::WeightedLayer;
use crate::error::ExchangeError;
use crate::layout::Layout;

/// A model, and the file that it is from.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// For messages.
    pub file: String,
    /// The model.
    pub model: Model,
    /// The loss that the file names.
    pub loss: Option<ImportedLoss>,
    /// The optimizer that the file names, and its learning rate.
    pub optimizer: Option<(String, Option<f64>)>,
    /// The order of an image's values in vectors.
    pub layout: Layout,
    /// What the reader decided.
    pub notes: Vec<String>,
}

/// What a file does not say.
#[derive(Clone, Debug, Default)]
pub struct AssemblyOptions {
    /// The layer that gives the code, by its name in the file; found where it is not given.
    pub code: Option<String>,
}

/// The autoencoder that `files` hold: one whole model, or encoder and decoder in any order.
///
/// # Errors
/// If they do not: with the layer at fault, by its name in the file.
pub fn assemble(files: Vec<ModelFile>, options: &AssemblyOptions) -> Result<Imported, ExchangeError> {
    let (loss, optimizer) =
        (files.iter().find_map(|file| file.loss), files.iter().find_map(|file| file.optimizer.clone()));
    let mut notes: Vec<String> = files.iter().flat_map(|file| file.notes.clone()).collect();
    let mut imported = match &files[..] {
        [one] => in_file(one, whole(&one.model, options))?,
        [a, b] => {
            let (encoder, decoder) = order(a, b)?;
            let (encoder, decoder) = (
                in_file(encoder, encoder_of(&encoder.model))?,
                in_file(decoder, decoder_of(&decoder.model))?,
            );
            joined(encoder, decoder)?
        }
        _ => {
            return Err(ExchangeError::read(format!(
                "{} files: give one file of the whole model, or one of the encoder and one of the decoder",
                files.len()
            )));
        }
    };
    notes.append(&mut imported.notes);
    imported.ends_in_sigmoid = strip_activation(&mut imported.decoder, Activation::Sigmoid);
    Ok(Imported { loss, optimizer, layout: files[0].layout, notes, ..imported })
}

fn in_file<T>(file: &ModelFile, result: Result<T, ExchangeError>) -> Result<T, ExchangeError> {
    result.map_err(|error| error.in_file(&file.file))
}

/// The part of an autoencoder before its code.
struct Encoder {
    input: Shape,
    layers: Vec<WeightedLayer>,
    latent: Latent,
    heads: Vec<(String, Vec<f32>)>,
    code: Shape,
    notes: Vec<String>,
}

struct Decoder {
    code: Shape,
    layers: Vec<WeightedLayer>,
    output: Shape,
}

fn joined(encoder: Encoder, decoder: Decoder) -> Result<Imported, ExchangeError> {
    let Encoder { input, layers, latent, heads, code, notes } = encoder;
    let mut decoder_layers = decoder.layers;
    if code != decoder.code {
        if code.len() != decoder.code.len() {
            let (there, here) = (code, decoder.code);
            return Err(ExchangeError::read(format!(
                "the encoder gives codes of {there}, and the decoder takes {here}: they do not belong together"
            )));
        }
        let change: WeightedLayer = match decoder.code {
            Shape::Vector(_) => network::Flatten {}.into(),
            shape @ Shape::Image { .. } => network::Reshape { shape }.into(),
        };
        decoder_layers.insert(0, change);
    }
    if decoder.output.len() != input.len() {
        return Err(ExchangeError::read(format!(
            "the net takes {input} and gives {}: an autoencoder gives back what it takes",
            decoder.output
        )));
    }
    Ok(Imported {
        input,
        encoder: layers,
        latent,
        heads,
        decoder: decoder_layers,
        ends_in_sigmoid: false,
        objective: None,
        loss: None,
        optimizer: None,
        layout: Layout::ChannelsLast,
        reorders_ends: false,
        notes,
    })
}

/// Which of two files is the encoder.
fn order<'a>(a: &'a ModelFile, b: &'a ModelFile) -> Result<(&'a ModelFile, &'a ModelFile), ExchangeError> {
    let lens =
        |model: &Model, ids: &[NodeId]| ids.iter().map(|id| model.graph.shape(*id).len()).collect::<Vec<_>>();
    let belong = |encoder: &ModelFile, decoder: &ModelFile| {
        let (codes, images) =
            (lens(&encoder.model, &encoder.model.outputs), lens(&encoder.model, &encoder.model.inputs));
        let (takes, gives) =
            (lens(&decoder.model, &decoder.model.inputs), lens(&decoder.model, &decoder.model.outputs));
        takes.len() == 1 && images.len() == 1 && codes.contains(&takes[0]) && gives == images
    };
    // Where each could be either, the encoder is the one that is called so, or makes less of more.
    let narrows = |file: &ModelFile| {
        let (takes, gives) = (lens(&file.model, &file.model.inputs), lens(&file.model, &file.model.outputs));
        gives.len() > 1 || gives < takes
    };
    let is_called = |file: &ModelFile, so: &str| file.file.to_lowercase().contains(so);
    match (belong(a, b), belong(b, a)) {
        (true, true) if is_called(a, "dec") || is_called(b, "enc") => return Ok((b, a)),
        (true, true) if is_called(a, "enc") || is_called(b, "dec") => return Ok((a, b)),
        (true, true) if narrows(b) && !narrows(a) => return Ok((b, a)),
        (true, _) => return Ok((a, b)),
        (false, true) => return Ok((b, a)),
        (false, false) => {}
    }
    let say = |file: &ModelFile| {
        let shapes = |ids: &[NodeId]| {
            ids.iter().map(|id| file.model.graph.shape(*id).to_string()).collect::<Vec<_>>().join(" and ")
        };
        format!("{} makes {} of {}", file.file, shapes(&file.model.outputs), shapes(&file.model.inputs))
    };
    Err(ExchangeError::read(format!(
        "{}, and {}: these are not encoder and decoder of one autoencoder",
        say(a),
        say(b)
    )))
}

fn only_input(model: &Model) -> Result<NodeId, ExchangeError> {
    match model.inputs[..] {
        [input] => Ok(input),
        _ => {
            let names: Vec<&str> = model.inputs.iter().map(|id| model.graph.name(*id)).collect();
            Err(ExchangeError::read(format!(
                "the model takes {} values ({}), and here a net takes one image",
                names.len(),
                names.join(", ")
            )))
        }
    }
}

fn whole(model: &Model, options: &AssemblyOptions) -> Result<Imported, ExchangeError> {
    let (graph, input) = (&model.graph, only_input(model)?);
    let image = graph.shape(input).len();
    let output =
        model.outputs.iter().copied().find(|id| graph.shape(*id).len() == image).ok_or_else(|| {
            let shapes: Vec<String> = model.outputs.iter().map(|id| graph.shape(*id).to_string()).collect();
            ExchangeError::read(format!(
                "makes {} of {}: no whole autoencoder; give the files of encoder and decoder together",
                shapes.join(" and "),
                graph.shape(input)
            ))
        })?;
    if let (None, Some((heads, code))) = (&options.code, drawn(graph, input, output)?) {
        let encoder = with_heads(graph, input, heads, code)?;
        return joined(encoder, decoder_between(graph, code, output)?);
    }
    let path = Dominators::new(graph, input).path_to(output).unwrap_or_default();
    let is_between = |id: &NodeId| path.contains(id) && *id != input && *id != output;
    let (code, why) = match (&options.code, &model.parts[..]) {
        (Some(name), _) => {
            let found = named(graph, name).filter(is_between).ok_or_else(|| {
                let names: Vec<&str> =
                    path.iter().filter(|id| is_between(id)).map(|id| graph.name(*id)).collect();
                ExchangeError::read(format!(
                    "no layer \"{name}\" through which everything goes; there are {}",
                    names.join(", ")
                ))
            })?;
            (found, "as --code says".to_owned())
        }
        (None, [first, second]) if first.outputs.len() == 1 && is_between(&first.outputs[0]) => {
            (first.outputs[0], format!("between the models \"{}\" and \"{}\"", first.name, second.name))
        }
        _ => {
            let found = narrowest(graph, input, output)
                .ok_or_else(|| ExchangeError::read("has no layer between what it takes and what it gives"))?;
            (found, "where the net is narrowest; --code LAYER says otherwise".to_owned())
        }
    };
    let mut chains = Chains::new(graph);
    let layers = chains.between(input, code)?;
    let encoder = Encoder {
        input: graph.shape(input),
        layers,
        latent: Latent::Deterministic {},
        heads: Vec::new(),
        code: graph.shape(code),
        notes: vec![format!("the code is what {} gives, {why}", described(graph, code))],
    };
    joined(encoder, decoder_between(graph, code, output)?)
}

fn decoder_between(graph: &Graph, code: NodeId, output: NodeId) -> Result<Decoder, ExchangeError> {
    let layers = Chains::new(graph).between(code, output)?;
    Ok(Decoder { code: graph.shape(code), layers, output: graph.shape(output) })
}

fn decoder_of(model: &Model) -> Result<Decoder, ExchangeError> {
    let input = only_input(model)?;
    let [output] = model.outputs[..] else {
        return Err(ExchangeError::read(format!(
            "the decoder gives {} values, not one image",
            model.outputs.len()
        )));
    };
    decoder_between(&model.graph, input, output)
}

/// An encoder by itself: it gives a code; or mean and log variance, and perhaps a draw.
fn encoder_of(model: &Model) -> Result<Encoder, ExchangeError> {
    let (graph, input) = (&model.graph, only_input(model)?);
    let outputs = &model.outputs;
    for output in outputs.iter().rev() {
        if let Some((heads, code)) = drawn(graph, input, *output)? {
            return with_heads(graph, input, heads, code);
        }
    }
    match outputs[..] {
        [code] => {
            let layers = Chains::new(graph).between(input, code)?;
            let (latent, shape) = (Latent::Deterministic {}, graph.shape(code));
            Ok(Encoder {
                input: graph.shape(input),
                layers,
                latent,
                heads: Vec::new(),
                code: shape,
                notes: Vec::new(),
            })
        }
        [a, b] | [a, b, _] => {
            let [features] = graph.nodes[a].inputs[..] else {
                return Err(ExchangeError::read(format!("{} is no head of a posterior", graph.name(a))));
            };
            let heads = heads_of(graph, features, [a, b], &[], b)?;
            with_heads(graph, input, heads, a)
        }
        _ => Err(ExchangeError::read(format!(
            "the encoder gives {} values; here it gives a code, or mean and log variance",
            outputs.len()
        ))),
    }
}

fn with_heads(graph: &Graph, input: NodeId, heads: Heads, code: NodeId) -> Result<Encoder, ExchangeError> {
    let mut chains = Chains::new(graph);
    let layers = chains.between(input, heads.features)?;
    let mut tensors = Vec::new();
    for (id, path, doubles) in
        [(heads.mean, Latent::MEAN, false), (heads.log_var, Latent::LOG_VAR, heads.is_log_deviation)]
    {
        let Operation::Layer(_, own) = &graph.nodes[id].operation else { continue };
        let mut own = own.clone();
        if doubles {
            doubled(&mut own);
        }
        tensors.extend(own.into_iter().map(|(name, values)| (format!("{path}.{name}"), values)));
    }
    let shape = graph.shape(heads.mean);
    if shape.len() != graph.shape(code).len() {
        return Err(ExchangeError::read(format!(
            "{} gives {}, where the posterior's mean has {shape}",
            graph.name(code),
            graph.shape(code)
        )));
    }
    let code = match shape {
        Shape::Vector(size) => Code::Vector(size),
        Shape::Image { channels, .. } => Code::Channels(channels),
    };
    let latent = Latent::Gaussian(GaussianLatent { code, samples: 1, bound: LikelihoodBound::Elbo });
    Ok(Encoder {
        input: graph.shape(input),
        layers,
        latent,
        heads: tensors,
        code: shape,
        notes: vec![heads.note],
    })
}
