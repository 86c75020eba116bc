//! Networks with weights, and what the engine makes of images and codes with them.

use data::Dataset;
use engine::{Executor, Isa, Options};
use explorer::program::{Program, network_program};
use model::Autoencoder;
use network::{
    Activate, Activation, Device, Draw, Latent, Layer, Network, Noise, Objective, Role, Source, Start,
    StepSettings,
};
use random::Stream;
use serde_json::json;
use train::{RECIPES, Recipe};

/// Images, and codes, of a case.
const COUNT: usize = 12;

/// A network, what goes in, and what comes out of the engine.
#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub program: Program,
    pub images: Vec<f32>,
    pub codes: Vec<f32>,
    pub truth: Outcome,
    /// The largest difference of a pixel where the engine has weights of 24 bits.
    pub of_24_bits: f32,
    /// The engine's outcome with other kernels: what deep networks lose to rounding is seen from it.
    pub again: Outcome,
}

/// What comes out; row-major, `[COUNT, …]`.
#[derive(Clone)]
pub struct Outcome {
    /// Of the posteriors; the codes of a plain autoencoder.
    pub mean: Vec<f32>,
    pub log_var: Option<Vec<f32>>,
    /// Of the codes.
    pub pixels: Vec<f32>,
    /// Of the images.
    pub losses: Vec<f32>,
}

impl Outcome {
    fn of(model: &mut Autoencoder, images: &[f32], codes: &[f32]) -> Self {
        let embedding = model.encode(images).unwrap();
        let losses = model.image_losses(&network::Images(images), COUNT);
        Self {
            mean: embedding.mean,
            log_var: embedding.log_var,
            pixels: model.decode(codes).unwrap(),
            losses: losses.iter().map(|loss| loss.reconstruction as f32).collect(),
        }
    }
}

impl Case {
    fn new(name: String, device: Box<dyn Device>, images: Vec<f32>) -> Self {
        let mut model = Autoencoder::from(device);
        let program = network_program(model.network(), &model.parameters());
        let codes = model.random_codes(COUNT, 7);
        let plain = Options { batch: 16, threads: 2, isa: Isa::Plain };
        let plain = Executor::new(model.network(), plain).unwrap();
        let mut plain = Autoencoder::new(Box::new(plain), &model.parameters()).unwrap();
        let rounded: Vec<f32> = model.parameters().into_iter().map(explorer::in_24_bits).collect();
        let [truth, again] = [&mut model, &mut plain].map(|model| Outcome::of(model, &images, &codes));
        assert!(plain.device().set_parameters(&rounded));
        let pixels = plain.decode(&codes).unwrap();
        let of_24_bits =
            std::iter::zip(pixels, &again.pixels).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        Self { name, program, images, codes, truth, again, of_24_bits }
    }

    /// With weights that were drawn, none at 0: biases and running averages are off their first values.
    fn drawn(name: String, network: &Network) -> Self {
        let mut device = executor(network);
        device.initialize(1);
        let mut parameters = device.parameters();
        let mut nudge = vec![0.0f32; parameters.len()];
        Stream::new(2, "nudge").normals(0, 0, &mut nudge);
        for view in device.views() {
            // Kernels are drawn already.
            let amount = if matches!(view.start, Start::Value(_)) { 0.1 } else { 0.0 };
            for i in view.range.clone() {
                parameters[i] += amount * nudge[i];
                if view.role == Role::State {
                    parameters[i] = parameters[i].abs(); // a variance
                }
            }
        }
        assert!(device.set_parameters(&parameters));
        let mut images = vec![0.0; COUNT * network.input.len()];
        Stream::new(3, "images").uniforms(0, 0, &mut images);
        Self::new(name, device, images)
    }

    /// With the weights of a short training on synthetic digits.
    fn trained(recipe: &Recipe) -> Self {
        const BATCH: usize = 16;
        const STEPS: u64 = 40;
        let digits = data::synthetic_digits(COUNT + BATCH * STEPS as usize, 28, 0).unwrap();
        let digits = digits.padded(recipe.data.pad);
        let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
        let mut device = executor(plan.network());
        device.initialize(0);
        device.set_optimizer(recipe.optimizer.rule);
        for step in 0..STEPS {
            let batch = Digits { set: &digits, first: COUNT + BATCH * step as usize };
            let settings = StepSettings {
                noise: Noise::Drawn { stream: Stream::new(1, "posterior noise"), step },
                draw: Draw { seed: 1, step },
                learning_rate: recipe.optimizer.learning_rate,
                kl_factor: 1.0,
                clip_norm: recipe.optimizer.clip_norm,
            };
            device.step(&batch, BATCH, settings);
        }
        let mut images = vec![0.0; COUNT * plan.network().input.len()];
        for (index, image) in images.chunks_exact_mut(plan.network().input.len()).enumerate() {
            digits.image(index, image);
        }
        Self::new(recipe.name.clone(), device, images)
    }
}

/// Images of a set from `first` on.
struct Digits<'a> {
    set: &'a Dataset,
    first: usize,
}

impl Source<f32> for Digits<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.set.image(self.first + index, input);
        target.copy_from_slice(input);
    }
}

fn executor(network: &Network) -> Box<dyn Device> {
    Box::new(Executor::new(network, Options { batch: 16, threads: 2, isa: Isa::best() }).unwrap())
}

/// A network around every example of the registry of layers.
pub fn layers() -> Vec<Case> {
    reference::examples().into_iter().map(|example| Case::drawn(example.name, &example.network)).collect()
}

/// Networks drawn from seeds.
pub fn graphs(count: u64) -> Vec<Case> {
    let case = |seed| reference::drawn(seed);
    (0..count).map(case).map(|example| Case::drawn(example.name, &example.network)).collect()
}

/// Convolutions that run on tiles: sides even and odd, each border, more than one strip of tiles, channels that are no whole
/// blocks.
pub fn tiles() -> Vec<Case> {
    let case = |(height, width, channels, filters, padding): (usize, usize, usize, usize, &str)| {
        let border = if padding == "valid" { 2 } else { 0 };
        let widen = json!({ "layer": "conv2d", "filters": channels, "kernel": 1, "activation": "tanh" });
        let convolve = json!({ "layer": "conv2d", "filters": filters, "kernel": 3, "padding": padding });
        let network = json!({
            "input": [height - border, width - border, 1],
            "encoder": [widen, convolve, { "layer": "global_average_pool2d" }],
            "latent": { "kind": "gaussian", "size": 2 },
            "decoder": [
                { "layer": "dense", "units": height * width }, { "layer": "reshape", "shape": [height, width, 1] },
                widen, convolve, { "layer": "conv2d", "filters": 1, "kernel": 1 },
            ],
            "objective": { "reconstruction": { "loss": "squared_error" } },
        });
        let name = format!("tiles of {height} × {width}: {channels} → {filters}, {padding}");
        Case::drawn(name, &serde_json::from_value(network).unwrap())
    };
    [
        (7, 9, 16, 16, "same"),
        (8, 5, 20, 16, "valid"),
        (9, 11, 16, 16, "valid"),
        (5, 7, 16, 20, "reflect"),
        (24, 25, 16, 28, "same"),
    ]
    .map(case)
    .into()
}

/// One that is started at once.
pub fn small() -> Case {
    let example = reference::examples().swap_remove(0);
    Case::drawn(example.name, &example.network)
}

/// Every activation, by itself behind the code, which is on both sides of 0.
pub fn activations() -> Vec<Case> {
    let network = |activation| Network {
        input: network::Shape::Vector(19),
        encoder: vec![Layer::from(Activate { activation: Activation::Tanh })],
        latent: Latent::Deterministic {},
        decoder: vec![Layer::from(Activate { activation })],
        objective: Objective {
            reconstruction: network::Reconstruction {
                loss: network::Loss::SquaredError,
                ..network::Reconstruction::default()
            },
            ..Objective::default()
        },
    };
    let case = |activation: Activation| Case::drawn(activation.name().to_owned(), &network(activation));
    Activation::ALL.into_iter().map(case).collect()
}

/// Networks of each cost, with first weights.
pub fn paces() -> Vec<Case> {
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benchmarks/recipes/photo-residual-vae.toml");
    let case = |name: &str| {
        let recipe = Recipe::open(name, &[]).unwrap();
        let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
        Case::drawn(recipe.name.clone(), plan.network())
    };
    ["mnist-mlp-vae", "mnist-conv-vae", "mnist-deep-conv-vae", "fashion-conv-vae", photo].map(case).into()
}

/// Every recipe that ships.
pub fn recipes() -> Vec<Case> {
    let case = |recipe: Recipe| match recipe.data.path {
        None => Case::trained(&recipe),
        // Digits are no photographs.
        Some(_) => {
            let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
            Case::drawn(recipe.name.clone(), plan.network())
        }
    };
    RECIPES.iter().map(|recipe| case(Recipe::open(recipe.name, &[]).unwrap())).collect()
}
