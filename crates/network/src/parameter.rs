//! The named tensors in the flat parameter buffer: what each belongs to, where it lies, how it starts, who changes it.

use std::ops::Range;

use random::Stream;

use crate::initializer::Initializer;
use crate::layers::Layer;
use crate::network::{Latent, Network, NetworkError};
use crate::shape::Shape;
use crate::tensor::{Role, Start, Tensor, kernel_and_bias};

/// One named tensor in the flat parameter buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterView {
    /// The layer that it belongs to: `encoder.0`, `encoder.3.layers.1`, `latent.mean`, `objective`.
    pub owner: String,
    /// `encoder.0.kernel`, `latent.mean.bias`, `encoder.3.layers.1.gamma`, `objective.log_sigma`, …
    pub name: String,
    /// Keras' layout: dense `[in, units]`, convolution `[h, w, in, filters]`, transposed
    /// `[h, w, filters, in]`.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
    /// How it starts.
    pub start: Start,
    /// Who changes it.
    pub role: Role,
}

impl ParameterView {
    /// Calls `with` for each of its first values, in order; a pure function of the seed and the name.
    pub fn first_values(&self, seed: u64, mut with: impl FnMut(f64)) {
        match self.start {
            Start::Value(value) => self.range.clone().for_each(|_| with(value)),
            Start::Drawn { initializer, fan_in, fan_out } => {
                let stream = Stream::new(seed, &self.name);
                initializer.draw(&stream, fan_in, fan_out, self.range.len(), with);
            }
        }
    }
}

/// The tensors of a network, in order.
///
/// # Errors
/// If it does not fit together.
pub fn parameter_views(network: &Network) -> Result<Vec<ParameterView>, NetworkError> {
    let shapes = network.shapes()?;
    let mut views = Views::default();
    views.chain("encoder", &network.encoder, network.input);
    if let Latent::Gaussian(_) = network.latent {
        for owner in [Latent::MEAN, Latent::LOG_VAR] {
            let (_, _, from) = shapes.features.pixels();
            let (_, _, to) = shapes.code.pixels();
            let shape = match shapes.code {
                Shape::Vector(_) => vec![from, to],
                Shape::Image { .. } => vec![1, 1, from, to],
            };
            for tensor in kernel_and_bias("", &shape, to, Initializer::default()) {
                views.add(owner, tensor);
            }
        }
    }
    views.chain("decoder", &network.decoder, shapes.code);
    let reconstruction = network.objective.reconstruction;
    if reconstruction.learns_sigma() {
        let start = Start::Value(f64::from(reconstruction.sigma_or_default().initial()).ln());
        views.add("objective", Tensor::learned("log_sigma".into(), vec![1], start));
    }
    Ok(views.0)
}

#[derive(Default)]
struct Views(Vec<ParameterView>);

impl Views {
    /// The tensors of layers that fit together.
    fn chain(&mut self, path: &str, layers: &[Layer], input: Shape) {
        let mut shape = input;
        for (index, layer) in layers.iter().enumerate() {
            let owner = format!("{path}.{index}");
            for chain in layer.chains() {
                self.chain(&format!("{owner}.{}", chain.name), chain.layers, shape);
            }
            for tensor in layer.tensors(shape) {
                self.add(&owner, tensor);
            }
            shape = layer.output_shape(shape).expect("the network was checked");
        }
    }

    fn add(&mut self, owner: &str, tensor: Tensor) {
        let Tensor { name, shape, start, role } = tensor;
        let first = self.0.last().map_or(0, |view| view.range.end);
        let range = first..first + shape.iter().product::<usize>();
        let name = format!("{owner}.{name}");
        self.0.push(ParameterView { owner: owner.to_owned(), name, shape, range, start, role });
    }
}
