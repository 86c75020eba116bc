//! The reference systems' networks, by the letters of the systems.
#![allow(dead_code)] // each test file uses its own part

use engine::{Executor, Isa, Options};
use network::{
    Activation, Conv2d, Conv2dTranspose, ConvPadding, Dense, Device, Flatten, Interpolation, Latent, Layer,
    MaxPool, Network, Objective, Padding, Pair, Reshape, Shape, UpSample,
};

const RELU: Activation = Activation::Relu;
const LEAKY: Activation = Activation::LeakyRelu { slope: 0.3 };
const LINEAR: Activation = Activation::Linear;

fn dense(units: usize, activation: Activation) -> Layer {
    Layer::Dense(Dense { units, activation, initializer: Default::default() })
}

fn window(
    filters: usize,
    kernel: usize,
    stride: usize,
    padding: ConvPadding,
    activation: Activation,
) -> Layer {
    let (kernel, stride) = (Pair::square(kernel), Pair::square(stride));
    Conv2d { filters, kernel, stride, padding, activation, initializer: Default::default() }.into()
}

fn conv(filters: usize, kernel: usize, stride: usize, activation: Activation) -> Layer {
    window(filters, kernel, stride, ConvPadding::Same, activation)
}

fn window_back(
    filters: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
    activation: Activation,
) -> Layer {
    let (kernel, stride) = (Pair::square(kernel), Pair::square(stride));
    Conv2dTranspose { filters, kernel, stride, padding, activation, initializer: Default::default() }.into()
}

fn transposed(filters: usize, kernel: usize, stride: usize, activation: Activation) -> Layer {
    window_back(filters, kernel, stride, Padding::Same, activation)
}

fn pool() -> Layer {
    Layer::MaxPool(MaxPool { size: Pair::square(2), stride: None, padding: Padding::Same })
}

fn up() -> Layer {
    Layer::UpSample(UpSample { size: Pair::square(2), interpolation: Interpolation::Nearest })
}

fn flatten() -> Layer {
    Layer::Flatten(Flatten {})
}

fn reshape(height: usize, width: usize, channels: usize) -> Layer {
    Layer::Reshape(Reshape { shape: Shape::image(height, width, channels) })
}

fn network(side: usize, encoder: Vec<Layer>, latent: Option<usize>, decoder: Vec<Layer>) -> Network {
    let latent = latent.map_or(Latent::Deterministic {}, Latent::gaussian);
    Network { input: Shape::image(side, side, 1), encoder, latent, decoder, objective: Objective::default() }
}

/// A: convolutional VAE.
pub fn a() -> Network {
    let encoder = vec![conv(32, 3, 2, RELU), conv(64, 3, 2, RELU), flatten()];
    let decoder = vec![
        dense(3136, RELU),
        reshape(7, 7, 64),
        transposed(64, 3, 2, RELU),
        transposed(32, 3, 2, RELU),
        transposed(1, 3, 1, LINEAR),
    ];
    network(28, encoder, Some(2), decoder)
}

/// B: Fashion-MNIST, padded to 32 × 32.
pub fn b(variational: bool) -> Network {
    let mut encoder = vec![conv(32, 3, 2, RELU), conv(64, 3, 2, RELU), conv(128, 3, 2, RELU), flatten()];
    if !variational {
        encoder.push(dense(2, LINEAR));
    }
    let decoder = vec![
        dense(2048, LINEAR),
        reshape(4, 4, 128),
        transposed(128, 3, 2, RELU),
        transposed(64, 3, 2, RELU),
        transposed(32, 3, 2, RELU),
        conv(1, 3, 1, LINEAR),
    ];
    network(32, encoder, variational.then_some(2), decoder)
}

/// C: pooling autoencoder.
pub fn c_ae() -> Network {
    let encoder = vec![conv(8, 5, 1, RELU), pool(), conv(16, 5, 1, RELU), pool(), flatten(), dense(10, RELU)];
    let decoder = vec![
        dense(784, RELU),
        reshape(7, 7, 16),
        transposed(16, 5, 2, RELU),
        transposed(8, 5, 2, RELU),
        transposed(1, 5, 1, LINEAR),
    ];
    network(28, encoder, None, decoder)
}

/// D: autoencoder and VAE of dense layers.
pub fn d(variational: bool) -> Network {
    let mut encoder = vec![flatten(), dense(300, LEAKY)];
    if !variational {
        encoder.push(dense(10, LINEAR));
    }
    let decoder = vec![dense(300, LEAKY), dense(784, LINEAR), reshape(28, 28, 1)];
    network(28, encoder, variational.then_some(10), decoder)
}

/// D: deep convolutional VAE.
pub fn d_deep() -> Network {
    let encoder = vec![
        conv(32, 5, 1, LEAKY),
        conv(32, 5, 2, LEAKY),
        conv(64, 5, 1, LEAKY),
        conv(64, 5, 2, LEAKY),
        window(128, 7, 1, ConvPadding::Valid, LEAKY),
        flatten(),
    ];
    let decoder = vec![
        reshape(1, 1, 10),
        window_back(64, 7, 1, Padding::Valid, LEAKY),
        transposed(64, 5, 1, LEAKY),
        transposed(64, 5, 2, LEAKY),
        transposed(32, 5, 1, LEAKY),
        transposed(32, 5, 2, LEAKY),
        transposed(32, 5, 1, LEAKY),
        conv(1, 5, 1, LINEAR),
    ];
    network(28, encoder, Some(10), decoder)
}

/// E: one hidden layer.
pub fn e_shallow() -> Network {
    network(28, vec![flatten(), dense(32, RELU)], None, vec![dense(784, LINEAR)])
}

/// E: convolutional autoencoder.
pub fn e_conv() -> Network {
    let encoder =
        vec![conv(16, 3, 1, RELU), pool(), conv(8, 3, 1, RELU), pool(), conv(8, 3, 1, RELU), pool()];
    let valid = window(16, 3, 1, ConvPadding::Valid, RELU);
    let decoder =
        vec![conv(8, 3, 1, RELU), up(), conv(8, 3, 1, RELU), up(), valid, up(), conv(1, 3, 1, LINEAR)];
    network(28, encoder, None, decoder)
}

/// E: denoiser.
pub fn e_denoiser() -> Network {
    let encoder = vec![conv(32, 3, 1, RELU), pool(), conv(32, 3, 1, RELU), pool()];
    let decoder = vec![conv(32, 3, 1, RELU), up(), conv(32, 3, 1, RELU), up(), conv(1, 3, 1, LINEAR)];
    network(28, encoder, None, decoder)
}

/// E: VAE of wide dense layers.
pub fn e_vae() -> Network {
    network(28, vec![flatten(), dense(512, RELU)], Some(2), vec![dense(512, RELU), dense(784, LINEAR)])
}

/// A network small enough for tests that train or corrupt files: 4 × 4 images, 3 latent dimensions.
pub fn tiny(variational: bool) -> Network {
    let mut encoder = vec![flatten(), dense(5, RELU)];
    if !variational {
        encoder.push(dense(3, LINEAR));
    }
    network(4, encoder, variational.then_some(3), vec![dense(5, Activation::Gelu), dense(16, LINEAR)])
}

/// A device for `network` with weights drawn from `seed`.
pub fn device(network: &Network, batch: usize, threads: usize, seed: u64) -> Box<dyn Device> {
    let options = Options { batch, threads, isa: Isa::best() };
    let mut device = Executor::new(network, options).unwrap();
    device.initialize(seed);
    Box::new(device)
}
