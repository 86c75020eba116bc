//! PyTorch: a readable module, and its tensors as a state dict. Images are NCHW.

mod code;
mod layers;
mod pickle;
mod reading;
mod state_dict;

use std::collections::HashMap;

use network::{Latent, Loss, Network, NetworkError, Pair, Shape, Sigma};

use safetensors::tensor::{Dtype, SafeTensorError, TensorView};

use self::code::Code;
pub use self::code::{StateTensor, StateValues};
pub use self::reading::read_safetensors;
pub use self::state_dict::read_state_dict;
use crate::error::ExchangeError;
use crate::parameters::Parameters;

/// The entry of a file's header that says which network its tensors are of; they are as this program writes them, vectors of
/// images with the channels last.
const NETWORK: &str = "latentlab.network";

/// A network as PyTorch has it.
#[derive(Clone, Debug, PartialEq)]
pub struct TorchModel {
    /// `model.py`.
    pub source: String,
    /// Its state dict, in PyTorch's layouts.
    pub tensors: Vec<StateTensor>,
    /// The network, which the file of the state dict says in its header.
    pub network: Network,
}

impl TorchModel {
    /// The state dict as `model.safetensors`.
    ///
    /// # Errors
    /// If it is larger than the format allows.
    pub fn safetensors(&self) -> Result<Vec<u8>, ExchangeError> {
        let bytes: Vec<Vec<u8>> = self
            .tensors
            .iter()
            .map(|tensor| match &tensor.values {
                StateValues::Floats(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
                StateValues::Count(count) => count.to_le_bytes().to_vec(),
            })
            .collect();
        let views: Result<Vec<_>, SafeTensorError> = std::iter::zip(&self.tensors, &bytes)
            .map(|(tensor, bytes)| {
                let dtype = match tensor.values {
                    StateValues::Floats(_) => Dtype::F32,
                    StateValues::Count(_) => Dtype::I64,
                };
                Ok((&tensor.name, TensorView::new(dtype, tensor.shape.clone(), bytes)?))
            })
            .collect();
        let write = |error: SafeTensorError| ExchangeError::Write(error.to_string());
        let network =
            serde_json::to_string(&self.network).map_err(|error| ExchangeError::Write(error.to_string()))?;
        let header = HashMap::from([(NETWORK.to_owned(), network)]);
        safetensors::serialize(views.map_err(write)?, Some(header)).map_err(write)
    }
}

/// `network` with `parameters` as a module; `about` is the first paragraph of its docstring.
///
/// # Errors
/// If the network does not fit together.
///
/// # Panics
/// If there are fewer parameters than the network has.
pub fn torch(network: &Network, parameters: &[f32], about: &str) -> Result<TorchModel, NetworkError> {
    let parameters = Parameters::new(network, parameters)?;
    let shapes = network.shapes()?;
    let mut encoder = Code::new(&parameters, "encoder.");
    let features = layers::chain(&network.encoder, &mut encoder, "encoder", network.input);
    if let Latent::Gaussian(_) = network.latent {
        let mut head = |path: &str, kind: &str| match features {
            Shape::Vector(_) => encoder.linear(kind, path, ""),
            Shape::Image { .. } => layers::pointwise(&mut encoder, kind, path, "", Pair::square(1)),
        };
        let (mean, log_var) = (head(Latent::MEAN, "head"), head(Latent::LOG_VAR, "head"));
        encoder.line(format!("return self.{mean}(x), self.{log_var}(x)"));
    } else {
        encoder.line("return x");
    }
    let mut decoder = Code::new(&parameters, "decoder.");
    let output = layers::chain(&network.decoder, &mut decoder, "decoder", shapes.code);
    match (output, network.input) {
        (Shape::Vector(_), Shape::Image { .. }) => decoder.image(network.input),
        (Shape::Image { .. }, Shape::Vector(_)) => decoder.flatten(output),
        _ => {}
    }
    decoder.line("return x");
    let mut source = header(network, shapes.code, about);
    source += &class("Encoder", &encoder_doc(network, shapes.code), &encoder);
    source += &class("Decoder", &decoder_doc(network, shapes.code), &decoder);
    source += &whole(network, &parameters);
    let tensors = encoder.tensors.into_iter().chain(decoder.tensors).collect();
    let mut network = network.clone();
    if network.objective.reconstruction.learns_sigma() {
        let sigma = parameters.get("objective.log_sigma").values[0].exp();
        network.objective.reconstruction.sigma = Some(Sigma::Learned(sigma));
    }
    Ok(TorchModel { source, tensors, network })
}

/// A shape as PyTorch has it: `batch, 1, 28, 28`.
fn dims(shape: Shape) -> String {
    match shape {
        Shape::Vector(n) => format!("batch, {n}"),
        Shape::Image { height, width, channels } => format!("batch, {channels}, {height}, {width}"),
    }
}

fn header(network: &Network, code: Shape, about: &str) -> String {
    let about = about.replace('\\', "\\\\").replace("\"\"\"", "'''");
    let (input, code) = (dims(network.input), dims(code));
    format!(
        r#""""{about}

Images are [{input}], codes [{code}]. The weights lie in model.safetensors beside this file:

    from model import load
    model = load()
    reconstruction = model(images)
"""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

"#
    )
}

fn encoder_doc(network: &Network, code: Shape) -> String {
    let gives = match network.is_variational() {
        true => "mean and log variance of its posterior, each",
        false => "its code,",
    };
    format!("An image to {gives} [{}].", dims(code))
}

fn decoder_doc(network: &Network, code: Shape) -> String {
    let gives = if takes_logits(network) { "the logits of an image" } else { "an image" };
    format!("A code [{}] to {gives} [{}].", dims(code), dims(network.input))
}

fn takes_logits(network: &Network) -> bool {
    network.objective.reconstruction.loss == Loss::Bce
}

fn class(name: &str, doc: &str, code: &Code<'_>) -> String {
    let indented =
        |lines: &[String]| lines.iter().map(|line| format!("        {line}\n")).collect::<String>();
    let (constructor, forward) = (indented(&code.constructor), indented(&code.forward));
    format!(
        r#"
class {name}(nn.Module):
    """{doc}"""

    def __init__(self):
        super().__init__()
{constructor}
    def forward(self, x):
{forward}
"#
    )
}

/// The whole autoencoder, its loss, and how it is loaded.
fn whole(network: &Network, parameters: &Parameters<'_>) -> String {
    let is_variational = network.is_variational();
    let sigmoid =
        if takes_logits(network) { "torch.sigmoid(self.decoder(code))" } else { "self.decoder(code)" };
    let encode = if is_variational { "self.encoder(image)[0]" } else { "self.encoder(image)" };
    let spec = network.objective.reconstruction;
    let loss = match spec.loss {
        Loss::Bce => {
            "F.binary_cross_entropy_with_logits(output, image, reduction=\"none\").flatten(1).sum(1)"
                .to_owned()
        }
        Loss::SquaredError => "(output - image).square().flatten(1).sum(1)".to_owned(),
        Loss::L1 => "(output - image).abs().flatten(1).sum(1)".to_owned(),
        Loss::Charbonnier => {
            let square = f64::from(spec.epsilon_or_default()).powi(2);
            format!("((output - image).square() + {square}).sqrt().flatten(1).sum(1)")
        }
        Loss::Gaussian => {
            let sigma = match spec.learns_sigma() {
                true => parameters.get("objective.log_sigma").values[0].exp(),
                false => spec.sigma_or_default().initial(),
            };
            let (sigma, values) = (f64::from(sigma), network.input.len() as f64);
            let constant = values * (sigma.ln() + 0.5 * std::f64::consts::TAU.ln());
            format!("{} * (output - image).square().flatten(1).sum(1) + {constant}", 0.5 / (sigma * sigma))
        }
    };
    let sample = match is_variational {
        true => {
            r#"
    def sample(self, image):
        """A code drawn from the posterior of each image."""
        mean, log_var = self.encoder(image)
        return mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)

    def kl(self, image):
        """KL divergence in nats of each image's posterior from N(0, I)."""
        mean, log_var = self.encoder(image)
        return 0.5 * (mean.square() + log_var.exp() - 1 - log_var).flatten(1).sum(1)
"#
        }
        false => "",
    };
    format!(
        r#"
class Autoencoder(nn.Module):
    """An image to its reconstruction."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def encode(self, image):
        """The code of each image{mean}."""
        return {encode}

    def decode(self, code):
        """The image of each code."""
        return {sigmoid}

    def forward(self, image):
        return self.decode(self.encode(image))

    def reconstruction_error(self, image):
        """Reconstruction loss of each image, summed over its values: the higher, the stranger."""
        output = self.decoder(self.encode(image))
        return {loss}
{sample}

def load(path=Path(__file__).with_name("model.safetensors")):
    """The trained model, ready to use."""
    from safetensors.torch import load_file

    model = Autoencoder()
    model.load_state_dict(load_file(path))
    return model.eval()
"#,
        mean = if is_variational { ": the mean of its posterior" } else { "" },
    )
}
