//! Writes networks as files of other programs, with what the engine makes of random images, for `scripts/check_exports.py`
//! to compare: every example of the layer registry, networks drawn from a seed, the built-in recipes.
//!
//! `cargo run --example write_exports -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::Path;

use engine::{Executor, Isa, Options};
use exchange::keras::{KerasPart, keras};
use exchange::onnx::{Layout, OnnxOptions, Part, onnx};
use exchange::torch::torch;
use model::Autoencoder;
use network::{Device, Images, Network, Shape, Start};
use random::Stream;
use serde_json::json;

const IMAGES: usize = 5;
/// Networks that are drawn from a seed.
const DRAWN: u64 = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("where to? give a folder")?;
    let mut networks: Vec<(String, Network)> =
        reference::examples().into_iter().map(|example| (example.name, example.network)).collect();
    for seed in 0..DRAWN {
        let example = reference::drawn(seed);
        networks.push((example.name, example.network));
    }
    for recipe in train::RECIPES {
        let checked = train::Recipe::parse(recipe.toml, recipe.name, &[])?;
        let shape = checked.input_shape().ok_or("a recipe that ships names its data")?;
        networks.push((recipe.name.to_owned(), checked.check(shape)?.network().clone()));
    }
    for (number, (name, network)) in networks.into_iter().enumerate() {
        write(&Path::new(&folder).join(format!("{number:03}")), &name, &network, number)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, network: &Network, number: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut device: Box<dyn Device> =
        Box::new(Executor::new(network, Options { batch: IMAGES, threads: 2, isa: Isa::best() })?);
    device.initialize(number as u64);
    // Biases off 0, averages of batches off 0 and 1.
    let mut parameters = device.parameters();
    for view in network::parameter_views(network)? {
        if let Start::Value(start) = view.start {
            let mut values = vec![0.0f32; view.range.len()];
            Stream::new(3, &view.name).normals(0, number as u32, &mut values);
            let moved = values.into_iter().map(|value| start as f32 + 0.1 * value);
            parameters[view.range].iter_mut().zip(moved).for_each(|(parameter, moved)| *parameter = moved);
        }
    }
    let mut model = Autoencoder::new(device, &parameters)?;
    let mut images = vec![0.0; IMAGES * network.input.len()];
    Stream::new(5, "images").uniforms(0, number as u32, &mut images);
    let layout = [Layout::ChannelsLast, Layout::ChannelsFirst][number % 2];
    let options = OnnxOptions { layout, ..OnnxOptions::default() };
    for part in Part::ALL {
        fs::write(folder.join(format!("{}.onnx", part.name())), onnx(network, &parameters, part, &options)?)?;
    }
    let module = torch(network, &parameters, name)?;
    fs::write(folder.join("model.py"), &module.source)?;
    fs::write(folder.join("model.safetensors"), module.safetensors()?)?;
    for part in KerasPart::ALL {
        let files = keras(network, &parameters, part)?;
        fs::write(folder.join(format!("{}.keras", part.name())), files.model)?;
        fs::write(folder.join(format!("{}.weights.h5", part.name())), files.weights)?;
    }
    let embedding = model.encode(&images)?;
    let losses = model.image_losses(&Images(&images), IMAGES);
    // With other kernels: what deep networks lose to rounding.
    let plain = Executor::new(network, Options { batch: IMAGES, threads: 2, isa: Isa::Plain })?;
    let mut plain = Autoencoder::new(Box::new(plain), &parameters)?;
    let again = plain.encode(&images)?;
    let mut rounding = 0.0f32;
    for (a, b) in [
        (&again.mean, &embedding.mean),
        (&again.log_var.unwrap_or_default(), &embedding.log_var.clone().unwrap_or_default()),
        (&plain.decode(&embedding.mean)?, &model.decode(&embedding.mean)?),
        (&plain.reconstruct(&images)?, &model.reconstruct(&images)?),
    ] {
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
        rounding = differences.fold(rounding, f32::max);
    }
    let put = |name: &str, values: &[f32]| {
        fs::write(folder.join(name), values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
    };
    put("images.f32", &images)?;
    put("mean.f32", &embedding.mean)?;
    if let Some(log_var) = &embedding.log_var {
        put("log_var.f32", log_var)?;
    }
    put("decoded.f32", &model.decode(&embedding.mean)?)?;
    put("error.f32", &losses.iter().map(|loss| loss.reconstruction as f32).collect::<Vec<_>>())?;
    put("kl.f32", &losses.iter().map(|loss| loss.kl as f32).collect::<Vec<_>>())?;
    let first = layout == Layout::ChannelsFirst;
    let dims = |shape: Shape| shape.dims();
    let case = json!({ "name": name, "input": dims(network.input), "code": dims(model.code_shape()), "channels_first": first, "rounding": rounding });
    fs::write(folder.join("case.json"), case.to_string())?;
    Ok(())
}
