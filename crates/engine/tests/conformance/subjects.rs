//! The networks that the harness holds every layer, activation, latent and objective by.

use network::{Activation, Layer};
use serde_json::{Value, json};

/// A network that exercises one thing.
pub use reference::Example as Subject;

pub fn subject(
    name: &str,
    input: Value,
    encoder: Value,
    latent: Value,
    decoder: Value,
    objective: Value,
) -> Subject {
    let network = json!({
        "input": input, "encoder": encoder, "latent": latent, "decoder": decoder, "objective": objective,
    });
    let network = serde_json::from_value(network).unwrap_or_else(|error| panic!("{name}: {error}"));
    Subject { name: name.to_owned(), network }
}

fn with_activation(name: &str, activation: Activation, latent: Value, objective: Value) -> Subject {
    let activation = serde_json::to_value(activation).unwrap();
    let encoder = json!([{ "layer": "flatten" }, { "layer": "dense", "units": 9, "activation": activation }]);
    let decoder = json!([
        { "layer": "dense", "units": 7, "activation": activation }, { "layer": "dense", "units": 20 },
    ]);
    subject(name, json!([5, 4, 1]), encoder, latent, decoder, objective)
}

/// Dense kernels whose gradients are formed from copies, one of them of images with zeros.
pub fn large_dense() -> Subject {
    let dense = |units: usize, activation: &str| json!({ "layer": "dense", "units": units, "activation": activation });
    subject(
        "large dense kernels",
        json!([17, 16, 1]),
        json!([{ "layer": "flatten" }, dense(259, "elu"), dense(261, "tanh")]),
        json!({ "kind": "gaussian", "size": 67 }),
        json!([dense(257, "tanh"), dense(272, "linear")]),
        json!({ "reconstruction": {} }),
    )
}

/// Dense kernels of few columns, one of them so long that it is cut into ranges.
fn narrow_dense() -> Subject {
    let dense = |units: usize, activation: &str| json!({ "layer": "dense", "units": units, "activation": activation });
    subject(
        "narrow dense kernels",
        json!([6, 5, 1]),
        json!([{ "layer": "flatten" }, dense(40, "tanh")]),
        json!({ "kind": "gaussian", "size": 1 }),
        json!([dense(700, "tanh"), dense(15, "tanh"), dense(30, "linear")]),
        json!({ "reconstruction": {} }),
    )
}

/// An image-to-image layer between dense ends, with a convolution before it so that a gradient passes.
fn with_layer(name: &str, channels: usize, layer: Value) -> Subject {
    let parsed: Layer = serde_json::from_value(layer.clone()).unwrap();
    let image = network::Shape::image(7, 6, channels);
    parsed.output_shape(image).unwrap_or_else(|error| panic!("{name}: {error}"));
    let encoder = json!([
        { "layer": "conv2d", "filters": channels, "kernel": [2, 3], "padding": "same", "activation": "tanh" },
        layer,
        { "layer": "conv2d", "filters": 2, "kernel": 1, "activation": "softplus" },
        { "layer": "flatten" },
    ]);
    let decoder = json!([{ "layer": "dense", "units": 84 }]);
    subject(
        name,
        json!([7, 6, 2]),
        encoder,
        json!({ "kind": "gaussian", "size": 3 }),
        decoder,
        json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean", "weight": 3.0 } }),
    )
}

pub fn subjects() -> Vec<Subject> {
    let (code, gaussian) = (json!({ "kind": "deterministic" }), json!({ "kind": "gaussian", "size": 3 }));
    let bce = json!({ "reconstruction": { "loss": "bce" } });
    let mut all = Vec::new();
    for activation in Activation::ALL {
        let name = format!("activation {}", activation.name());
        all.push(with_activation(&name, activation, gaussian.clone(), bce.clone()));
    }
    all.push(with_activation(
        "leaky with a negative slope",
        Activation::LeakyRelu { slope: -0.2 },
        gaussian.clone(),
        bce.clone(),
    ));
    for (name, objective) in [
        ("bce mean", json!({ "reconstruction": { "loss": "bce", "reduction": "mean", "weight": 500.0 } })),
        ("squared error", json!({ "reconstruction": { "loss": "squared_error" } })),
        (
            "gaussian with a fixed sigma",
            json!({ "reconstruction": { "loss": "gaussian", "sigma": { "fixed": 0.3 } } }),
        ),
        (
            "gaussian with a learned sigma",
            json!({ "reconstruction": { "loss": "gaussian", "sigma": { "learned": 0.5 }, "weight": 2.0 } }),
        ),
        ("l1", json!({ "reconstruction": { "loss": "l1", "weight": 2.0 } })),
        (
            "charbonnier",
            json!({ "reconstruction": { "loss": "charbonnier", "epsilon": 0.2, "reduction": "mean" } }),
        ),
        ("kl mean", json!({ "reconstruction": {}, "kl": { "reduction": "mean", "weight": 4.0 } })),
        ("free bits", json!({ "reconstruction": {}, "kl": { "free_bits": 0.02, "weight": 2.0 } })),
    ] {
        all.push(with_activation(
            &format!("objective {name}"),
            Activation::Tanh,
            gaussian.clone(),
            objective,
        ));
    }
    let small = json!({ "reconstruction": {}, "code_l2": 0.6 });
    for samples in [1, 3] {
        let name = format!("objective code_l2 of {samples} samples of a posterior");
        let latent = json!({ "kind": "gaussian", "size": 3, "samples": samples });
        all.push(with_activation(&name, Activation::Tanh, latent, small.clone()));
    }
    let apart = json!({ "reconstruction": {}, "mmd": 20.0 });
    for samples in [1, 2] {
        let name = format!("objective mmd of {samples} samples of a posterior");
        let latent = json!({ "kind": "gaussian", "size": 3, "samples": samples });
        all.push(with_activation(&name, Activation::Tanh, latent, apart.clone()));
    }
    all.push(with_activation("objective mmd of a plain code", Activation::Tanh, code.clone(), apart));
    let sigma = json!({ "reconstruction": { "loss": "gaussian", "sigma": { "learned": 0.6 } } });
    for (samples, objective) in [(1, &bce), (4, &bce), (3, &sigma)] {
        let name = format!("importance-weighted bound of {samples} samples");
        let latent = json!({ "kind": "gaussian", "size": 3, "samples": samples, "bound": "iwae" });
        all.push(with_activation(&name, Activation::Tanh, latent, objective.clone()));
    }
    for ([height, width, channels], samples, loss, structure) in [
        ([11, 11, 1], 1, "bce", json!({ "ssim_loss": 30.0 })),
        ([13, 17, 3], 2, "squared_error", json!({ "ssim_loss": 30.0 })),
        ([25, 23, 2], 1, "l1", json!({ "ms_ssim_loss": 50.0 })),
        ([12, 40, 1], 1, "gaussian", json!({ "ms_ssim_loss": 50.0 })),
        ([41, 42, 1], 2, "bce", json!({ "ssim_loss": 10.0, "ms_ssim_loss": 50.0 })),
    ] {
        let mut objective = structure;
        objective["reconstruction"] = json!({ "loss": loss, "reduction": "mean" });
        let image = [height, width, channels];
        all.push(subject(
            &format!("structure of {image:?} beside {loss}, {samples} samples"),
            json!(image),
            json!([{ "layer": "flatten" }, { "layer": "dense", "units": 5, "activation": "tanh" }]),
            json!({ "kind": "gaussian", "size": 3, "samples": samples }),
            // Outputs near the images', not around 0: some of a similarity's parts are not below 0 otherwise.
            json!([
                { "layer": "dense", "units": 6, "activation": "tanh" },
                { "layer": "dense", "units": height * width * channels, "activation": if loss == "bce" { "linear" } else { "sigmoid" } },
            ]),
            objective,
        ));
    }
    let sparse = json!({ "reconstruction": {}, "code_l1": 0.7, "code_l2": 0.3 });
    all.push(with_activation(
        "objective code_l1 and code_l2",
        Activation::Tanh,
        code.clone(),
        sparse.clone(),
    ));
    for (name, layer) in [
        ("conv same", json!({ "filters": 5, "kernel": 3, "padding": "same", "activation": "elu" })),
        ("conv valid", json!({ "filters": 17, "kernel": [3, 2] })),
        ("conv same, stride 2", json!({ "filters": 5, "kernel": 5, "stride": 2, "padding": "same" })),
        ("conv valid, stride 3 × 2", json!({ "filters": 4, "kernel": [2, 3], "stride": [3, 2] })),
        ("conv, kernel below the stride", json!({ "filters": 4, "kernel": 1, "stride": 2 })),
        ("conv to one channel", json!({ "filters": 1, "kernel": 3, "padding": "same" })),
        ("conv to one pixel", json!({ "filters": 6, "kernel": [7, 6], "activation": "silu" })),
    ] {
        for kind in ["conv2d", "conv2d_transpose"] {
            let mut layer = layer.clone();
            layer["layer"] = kind.into();
            all.push(with_layer(&format!("{kind}: {name}"), 3, layer));
        }
    }
    // Wide enough for Winograd tiles, whole ones and cut ones, of channels that fill a vector or a half, or do not.
    for (kernel, padding, activation, channels, filters) in [
        (3, "same", "leaky_relu", 16, 18),
        (3, "valid", "leaky_relu", 16, 18),
        (5, "same", "elu", 16, 18),
        (5, "valid", "elu", 16, 18),
        (3, "same", "elu", 8, 12),
        (5, "same", "elu", 12, 8),
    ] {
        for kind in ["conv2d", "conv2d_transpose"] {
            let layer = json!({
                "layer": kind, "filters": filters, "kernel": kernel, "padding": padding, "activation": activation,
            });
            let name = format!("{kind}: {kernel} × {kernel} {padding}, {channels} to {filters} channels");
            all.push(with_layer(&name, channels, layer));
        }
    }
    // Stride 2 with tiles along rows, of four and of seven outputs, and square ones, whole and cut; as many that they go
    // block by block; and channels in several panels.
    for ([rows, columns], kind, kernel, [channels, filters], activation) in [
        ([26, 8], "conv2d", 3, [16, 18], "leaky_relu"),
        ([16, 14], "conv2d", 3, [16, 18], "elu"),
        ([14, 16], "conv2d", 5, [16, 18], "leaky_relu"),
        ([13, 4], "conv2d_transpose", 3, [16, 18], "elu"),
        ([8, 7], "conv2d_transpose", 3, [16, 18], "leaky_relu"),
        ([8, 7], "conv2d_transpose", 5, [16, 18], "elu"),
        ([14, 16], "conv2d", 5, [8, 17], "leaky_relu"),
        ([8, 7], "conv2d_transpose", 5, [18, 8], "elu"),
        ([32, 34], "conv2d", 3, [48, 50], "leaky_relu"),
        ([16, 17], "conv2d_transpose", 3, [50, 48], "elu"),
        ([30, 28], "conv2d", 3, [20, 150], "elu"),
        ([30, 28], "conv2d", 5, [16, 18], "leaky_relu"),
        ([16, 16], "conv2d", 3, [20, 128], "leaky_relu"),
        ([7, 7], "conv2d_transpose", 3, [128, 20], "elu"),
    ] {
        let name = format!("{kind}: {kernel} × {kernel}, stride 2, {rows} × {columns} pixels");
        all.push(subject(
            &format!("{name}, {channels} to {filters} channels"),
            json!([rows, columns, 1]),
            json!([
                { "layer": "conv2d", "filters": channels, "kernel": [1, 2], "padding": "same", "activation": "tanh" },
                {
                    "layer": kind, "filters": filters, "kernel": kernel, "stride": 2, "padding": "same",
                    "activation": activation,
                },
                { "layer": "conv2d", "filters": 1, "kernel": 1, "activation": "softplus" },
                { "layer": "flatten" },
            ]),
            gaussian.clone(),
            json!([{ "layer": "dense", "units": rows * columns }]),
            json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean", "weight": 3.0 } }),
        ));
    }
    // So many values that a group of images is several shards, whose gradients add up.
    for (kernel, stride, [channels, filters]) in
        [(3, 1, [4, 5]), (3, 1, [8, 9]), (3, 2, [16, 18]), (5, 2, [16, 18])]
    {
        all.push(subject(
            &format!("several shards: {kernel} × {kernel}, stride {stride}, {channels} to {filters} channels"),
            json!([16, 14, 1]),
            json!([
                { "layer": "conv2d", "filters": channels, "kernel": [1, 2], "padding": "same", "activation": "tanh" },
                {
                    "layer": "conv2d", "filters": filters, "kernel": kernel, "stride": stride, "padding": "same",
                    "activation": "elu",
                },
                { "layer": "conv2d", "filters": 1, "kernel": 1, "activation": "softplus" },
                { "layer": "upsample2d", "size": 18 * stride },
                { "layer": "max_pool2d", "size": 18 * stride },
                { "layer": "flatten" },
            ]),
            gaussian.clone(),
            json!([{ "layer": "dense", "units": 16 * 14 }]),
            json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean", "weight": 3.0 } }),
        ));
    }
    // Large kernels over few pixels: their gradients are formed over the batch, or, in batches of more images than some
    // tests have, shard by shard.
    for (side, kind, [channels, filters], kernel, stride, padding) in [
        (16, "conv2d", [48, 67], [3, 3], 2, "same"),
        (7, "conv2d_transpose", [48, 67], [3, 3], 2, "same"),
        (8, "conv2d", [48, 67], [3, 3], 2, "same"),
        (8, "conv2d", [200, 6], [3, 3], 2, "same"),
        (4, "conv2d_transpose", [48, 67], [2, 3], 1, "same"),
        (4, "conv2d", [48, 67], [3, 2], 3, "same"),
        (4, "conv2d", [21, 67], [4, 4], 1, "valid"),
        (1, "conv2d_transpose", [67, 21], [4, 4], 1, "valid"),
    ] {
        let layer = json!({
            "layer": kind, "filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "activation": "elu",
        });
        all.push(subject(
            &format!("{kind}: {kernel:?}, stride {stride}, {channels} to {filters} channels, large kernel"),
            json!([side, side, 1]),
            json!([
                { "layer": "conv2d", "filters": channels, "kernel": 1, "activation": "tanh" },
                layer,
                { "layer": "conv2d", "filters": 1, "kernel": 1, "activation": "softplus" },
                { "layer": "flatten" },
            ]),
            gaussian.clone(),
            json!([{ "layer": "dense", "units": side * side }]),
            json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean", "weight": 3.0 } }),
        ));
    }
    all.push(large_dense());
    all.push(narrow_dense());
    for (name, layer) in [
        ("max pool 2", json!({ "layer": "max_pool2d", "size": 2 })),
        ("max pool 2 same", json!({ "layer": "max_pool2d", "size": 2, "padding": "same" })),
        ("max pool 3, stride 2", json!({ "layer": "max_pool2d", "size": 3, "stride": 2, "padding": "same" })),
        ("upsample 2 × 3", json!({ "layer": "upsample2d", "size": [2, 3] })),
        ("reshape", json!({ "layer": "reshape", "shape": [3, 7, 6] })),
    ] {
        all.push(with_layer(name, 3, layer));
    }
    all.push(subject(
        "one pixel to an image",
        json!([7, 7, 1]),
        json!([{ "layer": "conv2d", "filters": 4, "kernel": 7, "activation": "sigmoid" }, { "layer": "flatten" }]),
        gaussian.clone(),
        json!([
            { "layer": "reshape", "shape": [1, 1, 3] },
            { "layer": "conv2d_transpose", "filters": 5, "kernel": 7, "activation": "gelu" },
            { "layer": "conv2d_transpose", "filters": 1, "kernel": 3, "padding": "same" },
        ]),
        bce.clone(),
    ));
    all.push(subject(
        "an image as the code",
        json!([8, 8, 1]),
        json!([
            { "layer": "conv2d", "filters": 3, "kernel": 3, "padding": "same", "activation": "relu" },
            { "layer": "max_pool2d", "size": 2 },
        ]),
        code,
        json!([
            { "layer": "conv2d", "filters": 3, "kernel": 3, "padding": "same", "activation": "softplus" },
            { "layer": "upsample2d", "size": 2 },
            { "layer": "conv2d", "filters": 1, "kernel": 3, "padding": "same" },
        ]),
        sparse,
    ));
    all
}
