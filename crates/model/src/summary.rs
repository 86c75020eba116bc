//! The table that Keras prints: layers, output shapes, parameters, what each is connected to.

use engine::{
    Latent, Layer, Network, NetworkError, ParameterOwner, ParameterView, Shape, Shapes, parameter_views,
};
use serde::Serialize;

/// Bytes of one parameter.
const BYTES: usize = size_of::<f32>();

/// Layers, output shapes and parameters of a network. Displays as a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Encoder and decoder (and the objective, where it learns σ).
    pub parts: Vec<Part>,
    /// Parameters of all parts.
    pub parameters: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Values of an image.
    pub image: usize,
    /// Values of its code.
    pub code: usize,
    /// How many times fewer those are.
    pub compression: f64,
}

/// One half of the network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// `encoder`, `decoder` or `objective`.
    pub name: &'static str,
    /// Its layers, input first.
    pub layers: Vec<Row>,
    /// Its parameters.
    pub parameters: usize,
    /// Bytes of them.
    pub bytes: usize,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// As its weights are named: `encoder.0`, `latent.mean`, `decoder.2`.
    pub name: String,
    /// As recipes write it: `conv2d`, `dense`; also `input` and `sampling`.
    pub kind: String,
    /// Output of one image, `[n]` or `[height, width, channels]`.
    pub output: Vec<usize>,
    /// Its parameters.
    pub parameters: usize,
    /// Names of the layers whose output it takes.
    pub connected_to: Vec<String>,
}

impl Summary {
    /// The summary of `network`.
    ///
    /// # Errors
    /// If the network does not fit together.
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        let shapes = network.shapes()?;
        let views = parameter_views(network)?;
        let encoder = encoder(network, &shapes, &views);
        let decoder = decoder(network, &shapes, &views, last_of(&encoder.layers));
        let mut parts = vec![encoder, decoder];
        if network.objective.reconstruction.learns_sigma() {
            let owner = ParameterOwner::LogSigma;
            let layers = vec![layer_row(owner, "parameter", Shape::Vector(1), &views, &[])];
            parts.push(part("objective", layers));
        }
        let parameters = parts.iter().map(|part| part.parameters).sum();
        let (image, code) = (network.input.len(), shapes.code.len());
        let compression = image as f64 / code as f64;
        Ok(Self { parts, parameters, bytes: parameters * BYTES, image, code, compression })
    }

    /// The part of this name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

fn encoder(network: &Network, shapes: &Shapes, views: &[ParameterView]) -> Part {
    let mut layers = vec![row("input", "input", network.input, 0, &[])];
    chain(&mut layers, ParameterOwner::Encoder, &network.encoder, &shapes.encoder, views);
    if let Latent::Gaussian { .. } = network.latent {
        let features = last_of(&layers).to_owned();
        let heads = [ParameterOwner::Mean, ParameterOwner::LogVariance];
        layers.extend(heads.map(|head| layer_row(head, "dense", shapes.code, views, &[&features])));
        let [mean, log_variance] = heads.map(|head| head.to_string());
        layers.push(row("z", "sampling", shapes.code, 0, &[&mean, &log_variance]));
    }
    part("encoder", layers)
}

fn decoder(network: &Network, shapes: &Shapes, views: &[ParameterView], code: &str) -> Part {
    let mut layers = vec![row("code", "input", shapes.code, 0, &[code])];
    chain(&mut layers, ParameterOwner::Decoder, &network.decoder, &shapes.decoder, views);
    part("decoder", layers)
}

fn chain(
    rows: &mut Vec<Row>,
    owner: fn(usize) -> ParameterOwner,
    layers: &[Layer],
    outputs: &[Shape],
    views: &[ParameterView],
) {
    for (index, (layer, output)) in layers.iter().zip(outputs).enumerate() {
        let before = last_of(rows).to_owned();
        rows.push(layer_row(owner(index), layer.kind(), *output, views, &[&before]));
    }
}

fn last_of(rows: &[Row]) -> &str {
    rows.last().map_or("", |row| &row.name)
}

/// A row for what owns parameters, or might.
fn layer_row(
    owner: ParameterOwner,
    kind: &str,
    output: Shape,
    views: &[ParameterView],
    connected_to: &[&str],
) -> Row {
    let own = views.iter().filter(|view| view.owner == owner);
    row(&owner.to_string(), kind, output, own.map(|view| view.range.len()).sum(), connected_to)
}

fn row(name: &str, kind: &str, output: Shape, parameters: usize, connected_to: &[&str]) -> Row {
    let connected_to = connected_to.iter().map(ToString::to_string).collect();
    Row { name: name.to_owned(), kind: kind.to_owned(), output: output.dims(), parameters, connected_to }
}

fn part(name: &'static str, layers: Vec<Row>) -> Part {
    let parameters = layers.iter().map(|row| row.parameters).sum();
    Part { name, layers, parameters, bytes: parameters * BYTES }
}
