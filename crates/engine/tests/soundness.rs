//! Networks so small that Miri runs every kind of pass over them in minutes, and watches for undefined behaviour and data
//! races: `MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test -p latentlab-engine --test soundness`

use engine::{Executor, Isa, Options};
use network::{Device, Draw, Images, Network, Noise, Optimizer, StepSettings};
use random::Stream;
use serde_json::json;

const BATCH: usize = 4;
const PIXELS: usize = 16;

fn network(encoder: serde_json::Value) -> Network {
    let network = json!({
        "input": [4, 4, 1],
        "encoder": encoder,
        "latent": { "kind": "gaussian", "size": 2 },
        "decoder": [
            { "layer": "dense", "units": 16, "activation": "relu" },
            { "layer": "reshape", "shape": [2, 2, 4] },
            { "layer": "upsample2d", "size": 2 },
            { "layer": "conv2d_transpose", "filters": 1, "kernel": 3, "padding": "same" },
        ],
        "objective": { "reconstruction": { "loss": "gaussian", "sigma": { "learned": 0.5 } }, "code_l2": 0.1, "mmd": 0.2 },
    });
    serde_json::from_value(network).unwrap()
}

/// Parameters after steps of all kinds, codes and reconstructions.
fn results(network: &Network, threads: usize) -> Vec<f32> {
    let options = Options { batch: BATCH, threads, isa: Isa::Plain };
    let mut executor = Executor::<f32>::new(network, options).unwrap();
    executor.initialize(0);
    executor.set_optimizer(Optimizer::default());
    let images: Vec<f32> = (0..2 * BATCH * PIXELS).map(|i| (i % 5) as f32 / 4.0).collect();
    let images = &Images(&images);
    let kinds = [(None, BATCH), (Some(1.0), BATCH), (None, BATCH + 1)];
    for (step, (clip_norm, count)) in kinds.into_iter().enumerate() {
        let noise = Noise::Drawn { stream: Stream::new(0, "noise"), step: step as u64 };
        let settings =
            StepSettings { noise, draw: Draw::default(), learning_rate: 1e-2, kl_factor: 1.0, clip_norm };
        executor.step(images, count, settings);
    }
    let mut results = executor.parameters();
    results.push(executor.evaluate(images, BATCH, Noise::Mean).total() as f32);
    let (mut codes, mut log_vars) = (vec![0.0; 2 * BATCH], vec![0.0; 2 * BATCH]);
    executor.encode(images, BATCH, &mut codes, Some(&mut log_vars));
    let mut decoded = vec![0.0; BATCH * PIXELS];
    executor.decode(&codes, BATCH, &mut decoded);
    results.extend(codes.iter().chain(&log_vars).chain(&decoded));
    results.extend(executor.optimizer_buffers().slots().flat_map(|(_, values)| values));
    results
}

fn check(encoder: serde_json::Value) {
    let network = network(encoder);
    let alone = results(&network, 1);
    assert!(alone.iter().all(|value| value.is_finite()));
    assert_eq!(alone, results(&network, 2));
}

#[test]
fn convolutions() {
    check(json!([
        { "layer": "conv2d", "filters": 2, "kernel": 3, "padding": "same", "activation": "gelu" },
        { "layer": "max_pool2d", "size": 2 },
        { "layer": "flatten" },
    ]));
}

#[test]
fn layers_inside_layers_and_batches_as_a_whole() {
    check(json!([
        { "layer": "residual", "shortcut": "projection", "layers": [
            { "layer": "conv2d", "filters": 2, "kernel": 3, "stride": 2, "padding": "reflect" },
            { "layer": "batch_norm", "activation": "silu" },
        ] },
        { "layer": "branches", "merge": "concat", "branches": [[], [{ "layer": "self_attention", "heads": 2 }]] },
        { "layer": "group_norm", "groups": 2 },
        { "layer": "layer_norm" },
        { "layer": "dropout", "rate": 0.3 },
        { "layer": "flatten" },
        { "layer": "gated_dense", "units": 3 },
    ]));
}

#[test]
fn dense_layers_that_leave_out_zeros() {
    check(json!([{ "layer": "flatten" }, { "layer": "dense", "units": 20, "activation": "relu" }]));
}
