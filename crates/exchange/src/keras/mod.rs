//! Keras 3: encoder, decoder and whole model as `.keras` files that `keras.models.load_model` opens without custom code.

mod archive;
mod functional;
mod layers;
mod reading;

use network::{Latent, Loss, Network, Shape};
use serde_json::{Value, json};

use self::functional::{Functional, Inputs, KerasTensor};
use crate::error::ExchangeError;
use crate::parameters::Parameters;

pub use self::reading::{read_keras, read_weights};

/// A model as Keras has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KerasPart {
    /// An image to mean and log variance of its posterior; of a plain autoencoder to its code.
    Encoder,
    /// A code to an image.
    Decoder,
    /// An image to its reconstruction: from a draw of its posterior in training, from its mean otherwise.
    Whole,
}

impl KerasPart {
    /// All of them.
    pub const ALL: [KerasPart; 3] = [KerasPart::Encoder, KerasPart::Decoder, KerasPart::Whole];

    /// `encoder`, `decoder`, `autoencoder`.
    pub fn name(self) -> &'static str {
        match self {
            KerasPart::Encoder => "encoder",
            KerasPart::Decoder => "decoder",
            KerasPart::Whole => "autoencoder",
        }
    }
}

/// The files of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct KerasFiles {
    /// `NAME.keras`
    pub model: Vec<u8>,
    /// `NAME.weights.h5`
    pub weights: Vec<u8>,
}

/// A part of `network` with `parameters` as files of Keras. Decoders give pixels: their sigmoid is a layer of its own, the
/// last one, where the objective takes logits.
///
/// # Errors
/// If the network does not fit together, or is too large for the format.
///
/// # Panics
/// If there are fewer parameters than the network has.
pub fn keras(network: &Network, parameters: &[f32], part: KerasPart) -> Result<KerasFiles, ExchangeError> {
    let parameters = Parameters::new(network, parameters)?;
    let code = network.shapes()?.code;
    let mut model = Functional::new(&parameters);
    let (input, outputs) = match part {
        KerasPart::Encoder => {
            let input = model.input("image", network.input);
            let outputs = encode(&mut model, network, &input, code);
            (input, outputs)
        }
        KerasPart::Decoder => {
            let input = model.input("code", code);
            let output = decode(&mut model, network, &input, code);
            (input, vec![output])
        }
        KerasPart::Whole => {
            let input = model.input("image", network.input);
            let posterior = encode(&mut model, network, &input, code);
            let sample = match &posterior[..] {
                [mean, log_var] => sample(&mut model, mean, log_var),
                codes => codes[0].clone(),
            };
            let output = decode(&mut model, network, &sample, code);
            (input, vec![output])
        }
    };
    let variables = model.stored();
    let config = model.config(part.name(), &input, &outputs);
    Ok(KerasFiles { model: archive::archive(&config, &variables)?, weights: archive::weights(&variables)? })
}

fn encode(
    model: &mut Functional<'_>,
    network: &Network,
    image: &KerasTensor,
    code: Shape,
) -> Vec<KerasTensor> {
    let (features, _) = layers::chain(&network.encoder, model, "encoder", image.clone(), network.input);
    match network.latent {
        Latent::Deterministic {} => vec![features],
        Latent::Gaussian(_) => [(Latent::MEAN, "mean"), (Latent::LOG_VAR, "log_var")]
            .map(|(path, name)| match code {
                Shape::Vector(_) => model.dense(name, path, "", &features, Default::default()),
                Shape::Image { .. } => model.pointwise(name, (path, ""), &features, [1, 1], &code.dims()),
            })
            .into(),
    }
}

/// μ + σ ε, of which layers that come with Keras draw ε in training, and 0 otherwise.
fn sample(model: &mut Functional<'_>, mean: &KerasTensor, log_var: &KerasTensor) -> KerasTensor {
    let dims = mean.dims.clone();
    let mut layer = |class, name, config, inputs: Inputs<'_>| model.layer(class, name, config, inputs, &dims);
    let half =
        layer("Rescaling", "half_log_var", json!({ "scale": 0.5, "offset": 0.0 }), Inputs::One(log_var));
    let deviation =
        layer("Activation", "deviation", json!({ "activation": "exponential" }), Inputs::One(&half));
    let zero = layer("Rescaling", "zero", json!({ "scale": 0.0, "offset": 0.0 }), Inputs::One(mean));
    let epsilon = layer("GaussianNoise", "epsilon", json!({ "stddev": 1.0 }), Inputs::One(&zero));
    let noise = layer("Multiply", "noise", Value::Null, Inputs::List(&[deviation, epsilon]));
    layer("Add", "sample", Value::Null, Inputs::List(&[mean.clone(), noise]))
}

fn decode(model: &mut Functional<'_>, network: &Network, code: &KerasTensor, shape: Shape) -> KerasTensor {
    let (mut output, given) = layers::chain(&network.decoder, model, "decoder", code.clone(), shape);
    let dims = network.input.dims();
    if given != network.input {
        let config = json!({ "target_shape": dims });
        output = model.layer("Reshape", "image_shape", config, Inputs::One(&output), &dims);
    }
    if network.objective.reconstruction.loss == Loss::Bce {
        let config = json!({ "activation": "sigmoid" });
        output = model.layer("Activation", "pixels", config, Inputs::One(&output), &dims);
    }
    output
}
