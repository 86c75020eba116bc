//! Files that Keras wrote (`scripts/import_fixtures.py`), read to nets that give Keras' numbers.

use std::fs;
use std::path::Path;

use engine::{Executor, Isa, Options};
use exchange::keras::{read_keras, read_weights};
use exchange::onnx::Layout;
use exchange::{AssemblyOptions, Imported, ImportedLoss, assemble};
use model::Autoencoder;
use network::{Latent, Loss, Network, Objective, Reconstruction, Reduction, Shape};
use serde_json::Value;

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/keras").join(name)).unwrap()
}

fn expected(of: &str, what: &str) -> Vec<f32> {
    let all: Value = serde_json::from_slice(&bytes("expected.json")).unwrap();
    all[of][what].as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn net(names: &[&str]) -> Imported {
    let files =
        names.iter().map(|name| read_keras(&bytes(name), name).unwrap_or_else(|error| panic!("{error}")));
    assemble(files.collect(), &AssemblyOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn objective(loss: Loss) -> Objective {
    Objective { reconstruction: Reconstruction { loss, ..Reconstruction::default() }, ..Objective::default() }
}

fn model(network: &Network, parameters: &[f32]) -> Autoencoder {
    let device = Executor::new(network, Options { batch: 2, threads: 1, isa: Isa::Plain }).unwrap();
    Autoencoder::new(Box::new(device), parameters).unwrap()
}

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{found} beside {expected}");
    }
}

fn is_variational_net(net: Imported) {
    assert_eq!(net.latent, Latent::gaussian(3));
    assert!(net.ends_in_sigmoid);
    let net = net.fit(Shape::image(8, 6, 2), None).unwrap();
    let network = net.network(objective(Loss::Bce));
    let mut model = model(&network, &net.parameters(&network).unwrap());
    let embedding = model.encode(&expected("variational", "images")).unwrap();
    close(&embedding.mean, &expected("variational", "mean"));
    close(&embedding.log_var.unwrap(), &expected("variational", "log_var"));
    close(&model.decode(&embedding.mean).unwrap(), &expected("variational", "decoded"));
}

#[test]
fn encoder_and_decoder_are_one_net_in_either_order() {
    is_variational_net(net(&["encoder.keras", "decoder.keras"]));
    is_variational_net(net(&["decoder.keras", "encoder.keras"]));
}

#[test]
fn a_whole_model_is_cut_where_its_code_is_drawn() {
    let whole = net(&["whole.keras"]);
    assert_eq!(
        whole.notes,
        [
            "layer \"gaussian_noise\" (GaussianNoise): does something in training only, and is left out",
            "the posterior's mean is layer \"z_mean\" (Dense), its log variance layer \"z_log_var\" (Dense), by their names"
        ]
    );
    is_variational_net(whole);
}

#[test]
fn a_deviation_becomes_a_variance() {
    let net = net(&["inline.keras"]);
    assert!(net.notes[0].contains("logarithm of the deviation"), "{:?}", net.notes);
    assert!(!net.ends_in_sigmoid);
    let network = net.network(objective(Loss::SquaredError));
    let mut model = model(&network, &net.parameters(&network).unwrap());
    let embedding = model.encode(&expected("inline", "images")).unwrap();
    close(&embedding.mean, &expected("inline", "mean"));
    close(&embedding.log_var.unwrap(), &expected("inline", "log_var"));
}

#[test]
fn a_sequential_model_says_how_it_was_compiled() {
    let net = net(&["sequential.keras"]);
    assert_eq!(net.loss, Some(ImportedLoss { loss: Loss::Bce, reduction: Reduction::Mean }));
    let (optimizer, rate) = net.optimizer.clone().unwrap();
    assert!(optimizer == "RMSprop" && (rate.unwrap() - 2e-3).abs() < 1e-9);
    let net = net.fit(Shape::image(4, 4, 1), None).unwrap();
    assert_eq!(net.encoder.len(), 3, "{:?}", net.encoder);
    for loss in [Loss::Bce, Loss::SquaredError] {
        let network = net.network(objective(loss));
        let mut model = model(&network, &net.parameters(&network).unwrap());
        let codes = model.encode(&expected("sequential", "images")).unwrap().mean;
        assert_eq!(codes.len(), 12, "the code is the hidden layer of 6");
        close(&model.decode(&codes).unwrap(), &expected("sequential", "decoded"));
    }
}

#[test]
fn weights_are_found_for_the_net_that_a_recipe_describes() {
    let net = net(&["encoder.keras", "decoder.keras"]).fit(Shape::image(8, 6, 2), None).unwrap();
    let network = net.network(objective(Loss::Bce));
    // The file has the kernel of 3 × 3 that became one of 4 × 4 behind the border.
    let error = read_weights(bytes("whole.weights.h5"), "whole.weights.h5")
        .unwrap()
        .fit(&network, Layout::ChannelsLast);
    let message = error.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "no weights for encoder.0 of the recipe (kernel 4 × 4 × 2 × 4, bias 4); of the file left are"
        ),
        "{message}"
    );
    let mut plain = network.clone();
    let network::Layer::Conv2d(first) = &mut plain.encoder[0] else { panic!("{:?}", plain.encoder) };
    first.kernel = network::Pair::square(3);
    let weights = read_weights(bytes("whole.weights.h5"), "whole.weights.h5").unwrap();
    let fitted = weights.fit(&plain, Layout::ChannelsLast).unwrap_or_else(|error| panic!("{error}"));
    let whole = net.parameters(&network).unwrap();
    let (views, own) =
        (network::parameter_views(&plain).unwrap(), network::parameter_views(&network).unwrap());
    for (view, own) in views.iter().zip(&own).filter(|(view, _)| view.name != "encoder.0.kernel") {
        assert_eq!(fitted.parameters[view.range.clone()], whole[own.range.clone()], "{}", view.name);
    }
}

#[test]
fn an_unknown_layer_is_named_with_its_place_and_what_is_known() {
    let message = read_keras(&bytes("unknown.keras"), "unknown.keras").unwrap_err().to_string();
    assert!(message.starts_with("unknown.keras: layer \"separable_conv2d\" (SeparableConv2D), the 2nd layer: latentlab has no such layer; known are Input, Dense, Conv2D, "), "{message}");
    let apart = [
        read_keras(&bytes("encoder.keras"), "a").unwrap(),
        read_keras(&bytes("sequential.keras"), "b").unwrap(),
    ];
    let message = assemble(apart.to_vec(), &AssemblyOptions::default()).unwrap_err().to_string();
    assert!(message.contains("these are not encoder and decoder of one autoencoder"), "{message}");
    let message =
        assemble(vec![read_keras(&bytes("encoder.keras"), "a").unwrap()], &AssemblyOptions::default())
            .unwrap_err()
            .to_string();
    assert!(
        message.contains("no whole autoencoder; give the files of encoder and decoder together"),
        "{message}"
    );
}
