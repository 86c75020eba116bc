//! The places for weights in a network, in the order in which values go through it.

use network::{Latent, Layer, Network, NetworkError, Shape, parameter_views};

/// The part of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Encoder,
    Mean,
    LogVar,
    Decoder,
}

/// What a layer's tensors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A product, by its kernel's shape.
    Product,
    /// A transposed convolution.
    Transposed,
    /// Scale and shift, and perhaps averages.
    Norm,
}

/// The tensors of a layer, or of a part of it.
#[derive(Clone, Debug)]
pub struct Slot {
    /// `encoder.3`, `encoder.3.shortcut`
    pub name: String,
    pub section: Section,
    pub kind: Kind,
    /// Name, shape, and place among the parameters.
    pub tensors: Vec<(String, Vec<usize>, std::ops::Range<usize>)>,
}

/// The places of a network; what belongs to the objective is none.
pub fn slots(network: &Network) -> Result<Vec<Slot>, NetworkError> {
    let mut transposed = Vec::new();
    let shapes = network.shapes()?;
    find_transposed("encoder", &network.encoder, network.input, &mut transposed);
    find_transposed("decoder", &network.decoder, shapes.code, &mut transposed);
    let mut slots: Vec<Slot> = Vec::new();
    for view in parameter_views(network)? {
        if view.owner == "objective" {
            continue;
        }
        let (name, tensor) = view.name.rsplit_once('.').unwrap_or(("", &view.name));
        if slots.last().is_none_or(|last| last.name != name) {
            let section = match () {
                () if name == Latent::MEAN => Section::Mean,
                () if name == Latent::LOG_VAR => Section::LogVar,
                () if name.starts_with("decoder") => Section::Decoder,
                () => Section::Encoder,
            };
            let kind = match tensor {
                "kernel" if transposed.contains(&view.owner) => Kind::Transposed,
                "kernel" => Kind::Product,
                _ => Kind::Norm,
            };
            slots.push(Slot { name: name.to_owned(), section, kind, tensors: Vec::new() });
        }
        if let Some(last) = slots.last_mut() {
            last.tensors.push((tensor.to_owned(), view.shape, view.range));
        }
    }
    Ok(slots)
}

fn find_transposed(path: &str, layers: &[Layer], input: Shape, found: &mut Vec<String>) {
    let mut shape = input;
    for (index, layer) in layers.iter().enumerate() {
        let owner = format!("{path}.{index}");
        for chain in layer.chains() {
            find_transposed(&format!("{owner}.{}", chain.name), chain.layers, shape, found);
        }
        if matches!(layer, Layer::Conv2dTranspose(_)) {
            found.push(owner);
        }
        shape = layer.output_shape(shape).unwrap_or(shape);
    }
}
