//! The tape's gradients against finite differences, for every layer, latent and objective.

use network::{Device, Draw, Images, Noise, Role};
use random::Stream;
use reference::{Example, Reference, examples};
use serde_json::{Value, json};

const IMAGES: usize = 4;
const H: f64 = 1e-5;

/// A device with parameters off 0, so that every effect shows, and images.
fn prepared(network: &network::Network) -> (Reference<f64>, Vec<f64>) {
    let mut device = Reference::<f64>::new(network, IMAGES).unwrap();
    device.initialize(3);
    let mut parameters = device.parameters();
    let mut nudge = vec![0.0f32; parameters.len()];
    Stream::new(3, "nudge").normals(0, 0, &mut nudge);
    std::iter::zip(&mut parameters, nudge).for_each(|(value, nudge)| *value += 0.05 * f64::from(nudge));
    assert!(device.set_parameters(&parameters));
    let mut images = vec![0.0f32; IMAGES * network.input.len()];
    Stream::new(5, "images").uniforms(0, 0, &mut images);
    (device, images.into_iter().map(f64::from).collect())
}

/// Latents, objectives, and layers behind several codes of an image.
fn others() -> Vec<Example> {
    let dense = |units: usize| json!({ "layer": "dense", "units": units, "activation": "tanh" });
    let conv =
        |filters: usize| json!({ "layer": "conv2d", "filters": filters, "kernel": 3, "padding": "same" });
    let flat = |latent: Value, objective: Value| {
        json!({
            "input": [6], "encoder": [dense(5)], "latent": latent, "objective": objective,
            "decoder": [dense(8), { "layer": "batch_norm" }, { "layer": "dropout", "rate": 0.3 }, { "layer": "dense", "units": 6 }],
        })
    };
    let gaussian = json!({ "kind": "gaussian", "size": 2 });
    [
        ("an image as the code", json!({
            "input": [4, 3, 2], "encoder": [conv(3)], "latent": { "kind": "gaussian", "channels": 2 },
            "decoder": [conv(2)], "objective": { "reconstruction": { "loss": "bce", "reduction": "mean", "weight": 20.0 } },
        })),
        ("several codes", flat(json!({ "kind": "gaussian", "size": 3, "samples": 4 }), json!({ "reconstruction": {} }))),
        ("learned sigma", flat(gaussian.clone(), json!({
            "reconstruction": { "loss": "gaussian", "sigma": { "learned": 0.5 }, "weight": 2.0 },
        }))),
        ("fixed sigma", flat(gaussian.clone(), json!({ "reconstruction": { "loss": "gaussian", "sigma": { "fixed": 0.3 } } }))),
        ("free bits", flat(gaussian.clone(), json!({ "reconstruction": {}, "kl": { "free_bits": 0.02, "weight": 2.0 } }))),
        ("kl mean", flat(gaussian, json!({ "reconstruction": {}, "kl": { "reduction": "mean", "weight": 4.0 } }))),
        ("code_l1", flat(json!({ "kind": "deterministic" }), json!({ "reconstruction": {}, "code_l1": 0.7 }))),
    ]
    .map(|(name, network)| Example { name: name.to_owned(), network: serde_json::from_value(network).unwrap() })
    .into()
}

#[test]
fn gradients_equal_finite_differences() {
    for example in examples().into_iter().chain(others()) {
        let (mut device, images) = prepared(&example.network);
        let noise = Noise::Drawn { stream: Stream::new(5, "noise"), step: 9 };
        let draw = Draw { seed: 7, step: 9 };
        device.differentiate(&Images(&images), IMAGES, noise, draw);
        let (gradient, parameters) = (device.gradient(), device.parameters());
        for view in device.views().to_vec() {
            let scale = gradient[view.range.clone()].iter().fold(0.0f64, |most, g| most.max(g.abs()));
            let step = view.range.len().div_ceil(30).max(1);
            for i in view.range.clone().step_by(step).chain([view.range.end - 1]) {
                if view.role == Role::State {
                    assert_eq!(gradient[i], 0.0, "{}: {}", example.name, view.name);
                    continue;
                }
                let mut at = |shift: f64| {
                    let mut moved = parameters.clone();
                    moved[i] += shift;
                    assert!(device.set_parameters(&moved));
                    device.differentiate(&Images(&images), IMAGES, noise, draw).total()
                };
                let slope = (at(H) - at(-H)) / (2.0 * H);
                let error = (slope - gradient[i]).abs() / scale.max(slope.abs()).max(1e-3);
                let at = i - view.range.start;
                assert!(
                    error <= 1e-6,
                    "{}: {}[{at}]: {} but by differences {slope} ({error:e})",
                    example.name,
                    view.name,
                    gradient[i]
                );
            }
        }
    }
}
