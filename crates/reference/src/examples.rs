//! A small network around every example of a layer, for whoever computes with layers to be tested by.

use network::{
    Activation, Conv2d, ConvPadding, Dense, Flatten, Initializer, Latent, Layer, Loss, Network, Objective,
    Pair, Reconstruction, Reduction, Shape, Sigma,
};

/// A network around one layer.
#[derive(Clone, Debug)]
pub struct Example {
    /// The layer, and what it takes.
    pub name: String,
    /// The layer between others that learn, so that its gradients with respect to its input show, too.
    pub network: Network,
}

/// A network around each of [`Layer::examples`]; they have the losses in turn.
pub fn examples() -> Vec<Example> {
    let reconstructions = [
        Reconstruction::default(),
        Reconstruction {
            loss: Loss::SquaredError,
            reduction: Reduction::Mean,
            weight: 3.0,
            ..Default::default()
        },
        Reconstruction { loss: Loss::Gaussian, sigma: Some(Sigma::Learned(0.7)), ..Default::default() },
        Reconstruction { loss: Loss::L1, weight: 0.5, ..Default::default() },
        Reconstruction { loss: Loss::Charbonnier, epsilon: Some(0.1), ..Default::default() },
    ];
    let around = |((input, layer), reconstruction): ((Shape, Layer), &Reconstruction)| Example {
        name: format!("{layer:?} of {input}"),
        network: Network {
            input,
            encoder: vec![before(input), layer, Flatten {}.into()],
            latent: Latent::gaussian(3),
            decoder: vec![dense(input.len(), Activation::Linear)],
            objective: Objective { reconstruction: *reconstruction, ..Default::default() },
        },
    };
    Layer::examples().into_iter().zip(reconstructions.iter().cycle()).map(around).collect()
}

/// A layer that learns and keeps the shape.
pub(crate) fn before(shape: Shape) -> Layer {
    match shape {
        Shape::Vector(n) => dense(n, Activation::Tanh),
        Shape::Image { channels, .. } => Conv2d {
            filters: channels,
            kernel: Pair::square(3),
            stride: Pair::square(1),
            padding: ConvPadding::Same,
            activation: Activation::Tanh,
            initializer: Initializer::default(),
        }
        .into(),
    }
}

fn dense(units: usize, activation: Activation) -> Layer {
    Dense { units, activation, initializer: Initializer::default() }.into()
}
