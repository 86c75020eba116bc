//! What the fuzz targets share: a file to put the bytes into, and a small network.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use network::Network;

/// A folder of this process in the system's temporary one; files in it are written anew for every input.
pub fn folder() -> PathBuf {
    thread_local! {
        static FOLDER: OnceCell<PathBuf> = const { OnceCell::new() };
    }
    FOLDER.with(|folder| {
        folder
            .get_or_init(|| {
                let path = std::env::temp_dir().join(format!("latentlab-fuzz-{}", std::process::id()));
                fs::create_dir_all(&path).expect("the temporary folder can be written");
                path
            })
            .clone()
    })
}

/// The file `name` with these bytes.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::write(&path, bytes).expect("the temporary folder can be written");
    path
}

/// Opens what a recipe's `data.path` names.
pub fn open(path: &Path) -> Result<data::Splits, data::DataError> {
    let spec = data::DataSpec { path: Some(path.into()), ..data::DataSpec::default() };
    data::open(&spec, &data::DataDirs::default(), &mut |_| ())
}

/// Reads the file `name` with these bytes as images and as points.
pub fn array(name: &str, bytes: &[u8]) {
    let path = file(name, bytes);
    let _ = open(&path);
    if let Ok(points) = data::load_points(&path, &data::TableOptions::default()) {
        assert_eq!(points.rows() * points.columns, points.values.len());
    }
}

/// A recipe with everything in it.
pub const RECIPE: &str = include_str!("../../crates/train/recipes/mnist-conv-vae.toml");

/// A network of some hundred parameters, the one of the seeds.
pub fn network() -> Network {
    let recipe = r#"
        name = "tiny"
        [data]
        name = "synthetic-digits"
        [model]
        encoder = [{ layer = "flatten" }, { layer = "dense", units = 5, activation = "relu" }]
        latent = { kind = "gaussian", size = 3 }
        decoder = [{ layer = "dense", units = 5, activation = "gelu" }, { layer = "dense", units = 16 }]
        [objective]
        reconstruction = { loss = "squared_error", reduction = "sum", weight = 1.0 }
        kl = { reduction = "sum", weight = 1.0 }
        [optimizer]
        kind = "adam"
        learning_rate = 1e-3
        [training]
        epochs = 1
        batch_size = 8
    "#;
    let recipe = train::Recipe::parse(&recipe.replace("units = 16", "units = 784"), "tiny.toml", &[])
        .expect("the recipe is good");
    let mut network =
        recipe.check(data::ImageShape::new(28, 28, 1)).expect("the recipe fits").network().clone();
    network.input = network::Shape::Image { height: 4, width: 4, channels: 1 };
    if let Some(network::Layer::Dense(last)) = network.decoder.last_mut() {
        last.units = 16;
    }
    network
}
