//! What is written is read again to a net that gives the same numbers: every example of the layer registry, networks drawn from a
//! seed, the built-in recipes.

use engine::{Executor, Isa, Options};
use exchange::keras::{KerasPart, keras, read_keras};
use exchange::onnx::{Layout, OnnxOptions, Part, onnx, read_onnx};
use exchange::torch::{read_safetensors, torch};
use exchange::{AssemblyOptions, Imported, ModelFile, assemble};
use model::Autoencoder;
use network::{Device, Layer, Network, Start};
use random::Stream;

const IMAGES: usize = 3;
const DRAWN: u64 = 60;

struct Case {
    name: String,
    network: Network,
    /// Off the values that layers begin with.
    parameters: Vec<f32>,
}

fn cases() -> Vec<Case> {
    let drawn = (0..DRAWN).map(reference::drawn);
    let mut networks: Vec<(String, Network)> = reference::examples()
        .into_iter()
        .chain(drawn)
        .map(|example| (example.name, example.network))
        .collect();
    for recipe in train::RECIPES {
        let checked = train::Recipe::parse(recipe.toml, recipe.name, &[]).unwrap();
        let plan = checked.check(checked.input_shape().unwrap()).unwrap();
        networks.push((recipe.name.to_owned(), plan.network().clone()));
    }
    networks
        .into_iter()
        .map(|(name, network)| {
            let mut device = device(&network);
            device.initialize(3);
            let mut parameters = device.parameters();
            for view in network::parameter_views(&network).unwrap() {
                if let Start::Value(start) = view.start {
                    let mut values = vec![0.0f32; view.range.len()];
                    Stream::new(3, &view.name).normals(0, 0, &mut values);
                    let moved = values.into_iter().map(|value| start as f32 + 0.1 * value);
                    parameters[view.range].iter_mut().zip(moved).for_each(|(to, value)| *to = value);
                }
            }
            Case { name, network, parameters }
        })
        .collect()
}

fn device(network: &Network) -> Box<dyn Device> {
    Box::new(Executor::new(network, Options { batch: IMAGES, threads: 1, isa: Isa::Plain }).unwrap())
}

/// Mean, log variance, and what is decoded of the mean.
fn outputs(network: &Network, parameters: &[f32]) -> [Vec<f32>; 3] {
    let mut model = Autoencoder::new(device(network), parameters).unwrap();
    let mut images = vec![0.0; IMAGES * network.input.len()];
    Stream::new(5, "images").uniforms(0, 0, &mut images);
    let embedding = model.encode(&images).unwrap();
    let decoded = model.decode(&embedding.mean).unwrap();
    [embedding.mean, embedding.log_var.unwrap_or_default(), decoded]
}

fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
    differences.fold(0.0, f32::max)
}

/// The largest difference of what a case's network gives and what the read one gives.
fn check(case: &Case, read: Imported, largest: f32) -> f32 {
    let read = read.fit(case.network.input, None).unwrap();
    let network = read.network(case.network.objective);
    let parameters = read.parameters(&network).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let (found, expected) = (outputs(&network, &parameters), outputs(&case.network, &case.parameters));
    let worst =
        found.iter().zip(&expected).map(|(found, expected)| difference(found, expected)).fold(0.0, f32::max);
    assert!(worst <= largest, "{}: {worst:e}\n{network:?}", case.name);
    worst
}

/// Whether two networks are one, up to how they begin.
fn is_same(a: &Network, b: &Network) -> bool {
    let layers = |network: &Network| {
        let text = serde_json::to_string(&(&network.encoder, network.latent, &network.decoder)).unwrap();
        text.replace(r#","initializer":"he_normal""#, "").replace(r#","initializer":"he_uniform""#, "")
    };
    layers(a) == layers(b)
}

fn keras_files(case: &Case, parts: &[KerasPart]) -> Vec<ModelFile> {
    parts
        .iter()
        .map(|part| {
            let files = keras(&case.network, &case.parameters, *part).unwrap();
            let name = format!("{}.keras", part.name());
            read_keras(&files.model, &name).unwrap_or_else(|error| panic!("{}: {error}", case.name))
        })
        .collect()
}

#[test]
fn files_of_keras_are_read_as_they_were_written() {
    let mut worst = 0.0f32;
    for case in cases() {
        let apart = keras_files(&case, &[KerasPart::Decoder, KerasPart::Encoder]);
        let apart = assemble(apart, &AssemblyOptions::default())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        if train::RECIPES.iter().any(|recipe| recipe.name == case.name) {
            let network =
                apart.clone().fit(case.network.input, None).unwrap().network(case.network.objective);
            assert!(is_same(&network, &case.network), "{}: {network:?}\n{:?}", case.name, case.network);
        }
        worst = worst.max(check(&case, apart, 1e-6));
        if case.network.is_variational() {
            let whole = keras_files(&case, &[KerasPart::Whole]);
            let whole = assemble(whole, &AssemblyOptions::default())
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
            worst = worst.max(check(&case, whole, 1e-6));
        }
    }
    println!("largest difference: {worst:e}");
}

#[test]
fn graphs_of_onnx_are_read_as_they_were_written() {
    let mut worst = 0.0f32;
    for (number, case) in cases().iter().enumerate() {
        let layout = [Layout::ChannelsLast, Layout::ChannelsFirst][number % 2];
        let options = OnnxOptions { layout, ..OnnxOptions::default() };
        let read = |part: Part| {
            let file = onnx(&case.network, &case.parameters, part, &options).unwrap();
            read_onnx(&file, part.name(), &|_| None).unwrap_or_else(|error| panic!("{}: {error}", case.name))
        };
        let apart = assemble(vec![read(Part::Encoder), read(Part::Decoder)], &AssemblyOptions::default());
        worst = worst.max(check(case, apart.unwrap_or_else(|error| panic!("{}: {error}", case.name)), 1e-6));
    }
    println!("largest difference: {worst:e}");
}

#[test]
fn state_dicts_are_read_as_they_were_written() {
    for case in cases() {
        let module = torch(&case.network, &case.parameters, "a net").unwrap();
        let weights = read_safetensors(&module.safetensors().unwrap(), "model.safetensors").unwrap();
        let (network, parameters) = weights.net.clone().expect("our own files say which net they are of");
        assert!(is_same(&network, &case.network), "{}", case.name);
        check(&case, Imported::of(network, &parameters).unwrap(), 0.0);
        let holds_layers = |layer: &Layer| matches!(layer, Layer::Residual(_) | Layer::Branches(_));
        if case.network.encoder.iter().chain(&case.network.decoder).any(holds_layers) {
            continue; // layers inside layers of one shape have no order of their own
        }
        // As of a net that a recipe describes.
        let fitted = weights
            .fit(&case.network, Layout::ChannelsLast)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for view in network::parameter_views(&case.network).unwrap() {
            if view.owner != "objective" {
                let found = &fitted.parameters[view.range.clone()];
                assert!(found == &case.parameters[view.range.clone()], "{}: {}", case.name, view.name);
            }
        }
    }
}
