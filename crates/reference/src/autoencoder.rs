//! From images to codes to images.

use network::{Latent, Network};

use crate::batch::Batch;
use crate::layers::{affine, chain};
use crate::pass::Pass;
use crate::tape::Var;

/// What the encoder gives: the code, or mean and log variance of its posterior.
pub struct Posterior {
    /// The code itself where the latent is deterministic.
    pub mean: Batch,
    /// Of a Gaussian latent.
    pub log_var: Option<Var>,
}

/// Encodes `rows` images.
pub fn encode(network: &Network, pass: &mut Pass<'_>, images: Vec<f64>, rows: usize) -> Posterior {
    let values = pass.tape.given(images);
    let features = chain(&network.encoder, pass, "encoder", Batch { values, rows, shape: network.input });
    match network.latent {
        Latent::Deterministic {} => Posterior { mean: features, log_var: None },
        Latent::Gaussian(_) => {
            let shape = network.shapes().expect("the network was checked").code;
            // A 1 × 1 convolution is a dense layer of each pixel.
            let [mean, log_var] = [Latent::MEAN, Latent::LOG_VAR]
                .map(|head| affine(pass, head, "", features.values, features.pixels()));
            Posterior { mean: features.with(mean, shape), log_var: Some(log_var) }
        }
    }
}

/// z = μ + σ ε of `samples` draws of each image, `[images, samples, …code shape]`; μ without noise.
pub fn sample(pass: &mut Pass<'_>, posterior: &Posterior, noise: Option<Vec<f64>>, samples: usize) -> Batch {
    let Posterior { mean, log_var } = *posterior;
    let (Some(log_var), Some(noise)) = (log_var, noise) else { return mean };
    let (size, tape) = (mean.shape.len(), &mut pass.tape);
    let of_image = move |i: usize| i / (samples * size) * size + i % size;
    let deviation = tape.map(log_var, |v| (0.5 * v).exp(), |v| 0.5 * (0.5 * v).exp());
    let len = samples * mean.len();
    let [means, deviations] = [mean.values, deviation].map(|x| tape.spread(x, len, of_image));
    let noise = tape.given(noise);
    let moved = tape.multiply(deviations, noise);
    Batch { values: tape.add(means, moved), rows: mean.rows * samples, shape: mean.shape }
}

/// Decodes codes to outputs: logits where the objective is cross-entropy.
pub fn decode(network: &Network, pass: &mut Pass<'_>, codes: Batch) -> Batch {
    chain(&network.decoder, pass, "decoder", codes)
}
