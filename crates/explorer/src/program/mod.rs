//! A network as the page computes it: every shape and number filled in, tensors as places in one list of floats. What the
//! page makes of it is in `page/src/inference/`.

mod layers;
mod operation;

use network::{Latent, Loss, Network, Shape, parameter_views};
use serde::Serialize;

use layers::chain;
pub use operation::Operation;
use operation::Place;

/// A network to be computed without its recipe: operations, and the list of floats that they name places in.
#[derive(Clone, Debug)]
pub struct Program {
    /// The operations.
    pub program: NetworkProgram,
    /// All tensors one after the other.
    pub weights: Vec<f32>,
}

/// Layers, code and loss of a network; `NetworkProgram` in `page/src/payload.ts`, but for the weights.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkProgram {
    /// Shape of one image.
    pub input: Shape,
    /// From the image to the features.
    pub encoder: Vec<Operation>,
    /// From the features to the code.
    pub latent: LatentProgram,
    /// From the code to the values of the output.
    pub decoder: Vec<Operation>,
    /// What makes pixels of those values.
    pub output: Output,
    /// How far the output is from an image.
    pub loss: LossProgram,
}

/// What lies between encoder and decoder.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum LatentProgram {
    /// The features are the code.
    Deterministic {},
    /// Two heads of the features.
    Gaussian {
        /// To the posterior's mean.
        mean: Vec<Operation>,
        /// To the logarithm of its variance.
        log_var: Vec<Operation>,
    },
}

/// What makes pixels of the decoder's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// 1 / (1 + e⁻ˣ): the decoder gives logits.
    Sigmoid,
    /// They are pixels.
    Identity,
}

/// The reconstruction term of one image, summed over its values, without the objective's weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LossProgram {
    /// Loss of one value.
    pub kind: Loss,
    /// Standard deviation of the Gaussian loss, as it was learned where it was; 1 for the others.
    pub sigma: f32,
    /// ε of the Charbonnier loss.
    pub epsilon: f32,
    /// Of the sum.
    pub unit: &'static str,
}

/// The program of a network that was checked, with its `parameters` in the order of [`parameter_views`].
///
/// ```
/// use network::{Network, parameter_views};
///
/// let network: Network = serde_json::from_str(r#"{
///     "input": [8, 8, 1],
///     "encoder": [{ "layer": "conv2d", "filters": 2, "kernel": 3, "stride": 2, "padding": "same" }, { "layer": "flatten" }],
///     "latent": { "kind": "gaussian", "size": 2 },
///     "decoder": [{ "layer": "dense", "units": 64 }],
///     "objective": { "reconstruction": { "loss": "bce" } }
/// }"#)?;
/// let count = parameter_views(&network)?.last().map_or(0, |view| view.range.end);
/// let program = explorer::program::network_program(&network, &vec![0.5; count]).program;
/// let encoder = serde_json::to_value(&program.encoder)?;
/// assert_eq!(encoder[0]["kernel"], serde_json::json!({ "offset": 0, "shape": [3, 3, 1, 2] }));
/// assert_eq!(encoder[0]["padding"], serde_json::json!([0, 0])); // the odd zero goes below and right
/// assert_eq!(program.decoder[0].kind, "dense");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network_program(network: &Network, parameters: &[f32]) -> Program {
    let shapes = network.shapes().expect("the network was checked");
    let views = parameter_views(network).expect("the network was checked");
    let place = |path: &str, input, output| Place { views: &views, path: path.to_owned(), input, output };
    let head = |name| vec![place(name, shapes.features, shapes.code).projection("")];
    let latent = match network.latent {
        Latent::Deterministic {} => LatentProgram::Deterministic {},
        Latent::Gaussian(_) => {
            LatentProgram::Gaussian { mean: head(Latent::MEAN), log_var: head(Latent::LOG_VAR) }
        }
    };
    let reconstruction = network.objective.reconstruction;
    let sigma = match views.iter().find(|view| view.name == "objective.log_sigma") {
        Some(view) => parameters[view.range.start].exp(),
        None => reconstruction.sigma_or_default().initial(),
    };
    let loss = reconstruction.loss;
    let output = if loss == Loss::Bce { Output::Sigmoid } else { Output::Identity };
    let unit = match loss {
        Loss::Bce | Loss::Gaussian => "nats",
        Loss::SquaredError => "squared error",
        Loss::L1 => "absolute error",
        Loss::Charbonnier => "Charbonnier loss",
    };
    let epsilon = reconstruction.epsilon_or_default();
    Program {
        program: NetworkProgram {
            input: network.input,
            encoder: chain(&views, "encoder", &network.encoder, network.input),
            latent,
            decoder: chain(&views, "decoder", &network.decoder, shapes.code),
            output,
            loss: LossProgram { kind: loss, sigma, epsilon, unit },
        },
        weights: parameters.to_vec(),
    }
}
