//! State dicts that PyTorch wrote (`scripts/torch_fixtures.py`), read for the net that a recipe describes.

use std::fs;
use std::path::Path;

use engine::{Executor, Isa, Options};
use exchange::onnx::{Layout, read_onnx};
use exchange::torch::{read_safetensors, read_state_dict};
use exchange::{AssemblyOptions, StoredWeights, assemble};
use model::Autoencoder;
use network::{Network, Objective, Shape};
use serde_json::{Value, json};

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/torch").join(name)).unwrap()
}

fn expected(what: &str) -> Vec<f32> {
    let all: Value = serde_json::from_slice(&bytes("expected.json")).unwrap();
    all[what].as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn network() -> Network {
    serde_json::from_value(json!({
        "input": [6, 4, 3],
        "encoder": [
            { "layer": "conv2d", "filters": 4, "kernel": 4, "stride": 2, "padding": "same" },
            { "layer": "batch_norm", "epsilon": 1e-5, "activation": "relu" },
            { "layer": "flatten" },
        ],
        "latent": { "kind": "gaussian", "size": 2 },
        "decoder": [
            { "layer": "dense", "units": 24, "activation": "relu" },
            { "layer": "reshape", "shape": [3, 2, 4] },
            { "layer": "conv2d_transpose", "filters": 4, "kernel": 4, "stride": 2, "padding": "same", "activation": "relu" },
            { "layer": "conv2d", "filters": 3, "kernel": 3, "padding": "same" },
        ],
        "objective": { "reconstruction": { "loss": "squared_error" } },
    }))
    .unwrap()
}

fn agrees(weights: StoredWeights, largest: f32) {
    let network = network();
    let parameters =
        weights.fit(&network, Layout::ChannelsFirst).unwrap_or_else(|error| panic!("{error}")).parameters;
    let device = Executor::new(&network, Options { batch: 2, threads: 1, isa: Isa::Plain }).unwrap();
    let mut model = Autoencoder::new(Box::new(device), &parameters).unwrap();
    let embedding = model.encode(&expected("images")).unwrap();
    let decoded = model.decode(&expected("mean")).unwrap();
    for (found, expected) in [
        (embedding.mean, expected("mean")),
        (embedding.log_var.unwrap(), expected("log_var")),
        (decoded, expected("decoded")),
    ] {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= largest * expected.abs().max(1.0),
                "{found} beside {expected}"
            );
        }
    }
}

#[test]
fn state_dicts_of_pytorch_give_its_numbers() {
    agrees(read_state_dict(&bytes("state_dict.pt"), "x").unwrap(), 1e-5);
    agrees(read_safetensors(&bytes("state_dict.safetensors"), "x").unwrap(), 1e-5);
    agrees(read_state_dict(&bytes("checkpoint.pt"), "x").unwrap(), 5e-3); // halves
}

#[test]
fn the_order_of_a_flattened_image_matters() {
    let network = network();
    let weights = || read_state_dict(&bytes("state_dict.pt"), "x").unwrap();
    let [first, last] =
        [Layout::ChannelsFirst, Layout::ChannelsLast].map(|layout| weights().fit(&network, layout).unwrap());
    assert_ne!(first.parameters, last.parameters);
}

#[test]
fn a_whole_module_is_not_unpickled() {
    let message = read_state_dict(&bytes("module.pt"), "module.pt").unwrap_err().to_string();
    assert!(
        message.starts_with("module.pt: holds an object of ")
            && message.contains("torch.save(model.state_dict()"),
        "{message}"
    );
}

#[test]
fn weights_of_another_net_are_told_by_shape() {
    let mut network = network();
    network.latent = network::Latent::gaussian(3);
    let message = read_state_dict(&bytes("state_dict.pt"), "x")
        .unwrap()
        .fit(&network, Layout::ChannelsFirst)
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with(
            "no weights for latent.mean of the recipe (kernel 24 × 3, bias 3); of the file left are "
        ),
        "{message}"
    );
    network.latent = network::Latent::gaussian(2);
    network.decoder.pop();
    let message = read_state_dict(&bytes("state_dict.pt"), "x")
        .unwrap()
        .fit(&network, Layout::ChannelsFirst)
        .unwrap_err()
        .to_string();
    assert!(message.contains("its output must hold"), "{message}");
}

/// Graphs of the net with borders that are "same" nowhere.
fn graph_agrees(names: &[&str]) {
    let read =
        |name: &&str| read_onnx(&bytes(name), name, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let net = assemble(names.iter().map(read).collect(), &AssemblyOptions::default());
    let net =
        net.unwrap_or_else(|error| panic!("{names:?}: {error}")).fit(Shape::image(6, 4, 3), None).unwrap();
    assert!(net.ends_in_sigmoid);
    let network = net.network(Objective::default());
    let parameters = net.parameters(&network).unwrap_or_else(|error| panic!("{error}"));
    let device = Executor::new(&network, Options { batch: 2, threads: 1, isa: Isa::Plain }).unwrap();
    let mut model = Autoencoder::new(Box::new(device), &parameters).unwrap();
    let embedding = model.encode(&expected("images")).unwrap();
    let decoded = model.decode(&expected("odd_mean")).unwrap();
    for (what, found, expected) in [
        ("mean", embedding.mean, expected("odd_mean")),
        ("log_var", embedding.log_var.unwrap(), expected("odd_log_var")),
        ("decoded", decoded, expected("odd_decoded")),
    ] {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= 1e-5 * expected.abs().max(1.0),
                "{names:?}, {what}: {found} beside {expected}"
            );
        }
    }
}

#[test]
fn graphs_of_pytorch_give_its_numbers() {
    graph_agrees(&["script-encoder.onnx", "script-decoder.onnx"]);
    graph_agrees(&["export-decoder.onnx", "export-encoder.onnx"]);
}

#[test]
fn a_graph_that_draws_its_code_is_cut_there() {
    graph_agrees(&["script-whole.onnx"]);
    graph_agrees(&["export-whole.onnx"]);
}
