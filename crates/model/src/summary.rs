//! The table that Keras prints: layers, output shapes, parameters, what each is connected to.

use network::{Latent, Layer, Network, NetworkError, ParameterView, Shape, Shapes, parameter_views};
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
            let parameters = own_parameters("objective", &views);
            parts.push(part(
                "objective",
                vec![row("objective.log_sigma", "parameter", Shape::Vector(1), parameters, &[])],
            ));
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
    let features = chain(&mut layers, "encoder", &network.encoder, network.input, views, "input".to_owned());
    if let Latent::Gaussian(_) = network.latent {
        let kind = match shapes.code {
            Shape::Vector(_) => "dense",
            Shape::Image { .. } => "conv2d",
        };
        for head in [Latent::MEAN, Latent::LOG_VAR] {
            layers.push(row(head, kind, shapes.code, own_parameters(head, views), &[&features]));
        }
        layers.push(row("z", "sampling", shapes.code, 0, &[Latent::MEAN, Latent::LOG_VAR]));
    }
    part("encoder", layers)
}

fn decoder(network: &Network, shapes: &Shapes, views: &[ParameterView], code: &str) -> Part {
    let mut layers = vec![row("code", "input", shapes.code, 0, &[code])];
    chain(&mut layers, "decoder", &network.decoder, shapes.code, views, "code".to_owned());
    part("decoder", layers)
}

/// Rows for layers one after the other, those inside a layer before it; gives the name of the last.
fn chain(
    rows: &mut Vec<Row>,
    path: &str,
    layers: &[Layer],
    input: Shape,
    views: &[ParameterView],
    mut before: String,
) -> String {
    let mut shape = input;
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("{path}.{index}");
        let mut inputs: Vec<String> = Vec::new();
        for inner in layer.chains() {
            let path = format!("{name}.{}", inner.name);
            inputs.push(chain(rows, &path, inner.layers, shape, views, before.clone()));
        }
        if inputs.is_empty() || matches!(layer, Layer::Residual(_)) {
            inputs.push(before);
        }
        shape = layer.output_shape(shape).expect("the network was checked");
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        rows.push(row(&name, layer.kind(), shape, own_parameters(&name, views), &inputs));
        before = name;
    }
    before
}

/// Parameters of a layer itself, without those of the layers inside it.
fn own_parameters(owner: &str, views: &[ParameterView]) -> usize {
    views.iter().filter(|view| view.owner == owner).map(|view| view.range.len()).sum()
}

fn last_of(rows: &[Row]) -> &str {
    rows.last().map_or("", |row| &row.name)
}

fn row(name: &str, kind: &str, output: Shape, parameters: usize, connected_to: &[&str]) -> Row {
    let connected_to = connected_to.iter().map(ToString::to_string).collect();
    Row { name: name.to_owned(), kind: kind.to_owned(), output: output.dims(), parameters, connected_to }
}

fn part(name: &'static str, layers: Vec<Row>) -> Part {
    let parameters = layers.iter().map(|row| row.parameters).sum();
    Part { name, layers, parameters, bytes: parameters * BYTES }
}
