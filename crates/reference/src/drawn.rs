//! Networks drawn from a seed: layers of every kind, nested in each other.

use network::{
    Code, GaussianLatent, Latent, Layer, LikelihoodBound, Network, Objective, Reconstruction, Shape,
};
use random::{Cursor, Stream};
use serde_json::{Value, json};

use crate::examples::{Example, before};

fn dense(units: usize, activation: &str) -> Layer {
    from_json(json!({ "layer": "dense", "units": units, "activation": activation }))
}

fn from_json(layer: Value) -> Layer {
    serde_json::from_value(layer.clone()).unwrap_or_else(|error| panic!("{layer}: {error}"))
}

fn objective(i: usize) -> Objective {
    let reconstruction = [
        json!({ "loss": "bce" }),
        json!({ "loss": "squared_error", "reduction": "mean" }),
        json!({ "loss": "gaussian", "sigma": { "learned": 0.7 } }),
    ];
    let reconstruction: Reconstruction = serde_json::from_value(reconstruction[i % 3].clone()).unwrap();
    Objective { reconstruction, ..Objective::default() }
}

/// A network drawn from `seed`. All its functions are smooth, so that finite differences see no kinks.
pub fn drawn(seed: u64) -> Example {
    let mut draw = Draw(Stream::new(seed, "network").cursor(0, 0));
    let input = match draw.below(4) {
        0 => Shape::Vector(3 + draw.below(20)),
        _ => Shape::image(4 + draw.below(5), 4 + draw.below(5), 1 + draw.below(3)),
    };
    let (encoder, mut features) = draw.chain(input, 2);
    let mut encoder = [vec![before(input)], encoder].concat();
    let samples = 1 + draw.below(3);
    let objective = objective(draw.below(3));
    let is_likelihood = objective.reconstruction.loss.is_likelihood();
    let bound =
        if is_likelihood && draw.below(2) == 0 { LikelihoodBound::Iwae } else { LikelihoodBound::Elbo };
    let (latent, code) = match (draw.below(4), features) {
        (0, _) => (Latent::Deterministic {}, features),
        (1, Shape::Image { height, width, .. }) => {
            let channels = 1 + draw.below(3);
            let gaussian = GaussianLatent { code: Code::Channels(channels), samples, bound };
            (Latent::Gaussian(gaussian), Shape::image(height, width, channels))
        }
        _ => {
            if let Shape::Image { .. } = features {
                encoder.push(from_json(json!({ "layer": "flatten" })));
                features = Shape::Vector(features.len());
            }
            assert!(matches!(features, Shape::Vector(_)));
            let size = 1 + draw.below(5);
            let gaussian = GaussianLatent { code: Code::Vector(size), samples, bound };
            (Latent::Gaussian(gaussian), Shape::Vector(size))
        }
    };
    let (mut decoder, output) = draw.chain(code, 2);
    if let Shape::Image { .. } = output {
        decoder.push(from_json(json!({ "layer": "flatten" })));
    }
    decoder.push(dense(input.len(), "linear"));
    let network = Network { input, encoder, latent, decoder, objective };
    let text = serde_json::to_string(&network).unwrap();
    network.shapes().unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
    Example { name: format!("seed {seed}: {text}"), network }
}

struct Draw(Cursor);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0.below(n as u32) as usize
    }

    fn activation(&mut self) -> &'static str {
        ["linear", "tanh", "silu", "gelu", "sigmoid", "softplus", "elu"][self.below(7)]
    }

    /// Layers one after the other, and the shape that they give; those inside layers are `depth` deep at most.
    fn chain(&mut self, input: Shape, depth: usize) -> (Vec<Layer>, Shape) {
        let (mut layers, mut shape) = (Vec::new(), input);
        for _ in 0..1 + self.below(3) {
            let layer = self.layer(shape, depth);
            shape = layer.output_shape(shape).unwrap_or_else(|error| panic!("{layer:?} of {shape}: {error}"));
            layers.push(layer);
        }
        (layers, shape)
    }

    /// A layer that takes this shape.
    fn layer(&mut self, shape: Shape, depth: usize) -> Layer {
        let activation = self.activation();
        let (height, width, channels) = shape.pixels();
        let layer = match (self.below(12), shape) {
            (0, _) => json!({ "layer": "activation", "activation": activation }),
            (1, _) => {
                let divisors: Vec<usize> = (1..=channels).filter(|n| channels % n == 0).collect();
                let groups = divisors[self.below(divisors.len())];
                // Pairs of values have the same x̂ whatever they are: no differences would be left to compare.
                let few = channels / groups * height * width < 3;
                let groups = if few { 1 } else { groups };
                json!({ "layer": "group_norm", "groups": groups, "activation": activation, "epsilon": 0.1 })
            }
            (2, _) => json!({ "layer": "layer_norm", "activation": activation, "epsilon": 0.1 }),
            (3, _) => json!({ "layer": "batch_norm", "activation": activation, "epsilon": 0.1 }),
            (4, _) => json!({ "layer": "dropout", "rate": 0.3 }),
            (5 | 6, _) if depth > 0 => return self.residual(shape, depth),
            (7, _) if depth > 0 => return self.branches(shape, depth),
            (8 | 9, Shape::Vector(_)) => {
                json!({ "layer": "gated_dense", "units": 2 + self.below(8), "activation": activation })
            }
            (_, Shape::Vector(n)) => match self.below(3) {
                0 if n % 4 == 0 => json!({ "layer": "reshape", "shape": [2, 2, n / 4] }),
                _ => json!({ "layer": "dense", "units": 2 + self.below(8), "activation": activation }),
            },
            (8, Shape::Image { .. }) => {
                let heads = 1 + self.below(3);
                json!({ "layer": "self_attention", "heads": heads, "key_size": 1 + self.below(4) })
            }
            (9, Shape::Image { .. }) => match self.below(4) {
                0 => json!({ "layer": "global_average_pool2d" }),
                1 => {
                    json!({ "layer": "upsample2d", "size": [1 + self.below(2), 2], "interpolation": "bilinear" })
                }
                2 => json!({ "layer": "upsample2d", "size": [2, 1 + self.below(2)] }),
                _ => json!({ "layer": "flatten" }),
            },
            (10, Shape::Image { .. }) => {
                let kind = ["average_pool2d", "max_pool2d"][self.below(2)];
                json!({ "layer": kind, "size": [2, 1 + self.below(3)], "stride": [1 + self.below(2), 2], "padding": "same" })
            }
            (_, Shape::Image { .. }) => {
                let kernel = 1 + self.below(height.min(width).min(3));
                let paddings = if kernel > 1 { 3 } else { 2 };
                let (kind, padding) = match self.below(4) {
                    0 => ("conv2d_transpose", ["same", "valid"][self.below(2)]),
                    _ => ("conv2d", ["same", "valid", "reflect"][self.below(paddings)]),
                };
                // Enough channels for Winograd's tiles now and then.
                let filters = [1 + self.below(4), 8][self.below(2)];
                let stride = if kind == "conv2d" { 1 + self.below(2) } else { 1 };
                json!({ "layer": kind, "filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "activation": activation })
            }
        };
        from_json(layer)
    }

    fn residual(&mut self, shape: Shape, depth: usize) -> Layer {
        let (mut layers, output) = self.chain(shape, depth - 1);
        let activation = self.activation();
        let projected = json!({ "layer": "residual", "layers": layers, "shortcut": "projection", "activation": activation });
        let projected = from_json(projected);
        if output != shape && projected.output_shape(shape).is_ok() {
            return projected;
        }
        // Back to the shape that there was.
        if output != shape {
            if let Shape::Image { .. } = output {
                layers.push(from_json(json!({ "layer": "flatten" })));
            }
            layers.push(dense(shape.len(), activation));
            if let Shape::Image { .. } = shape {
                layers.push(from_json(json!({ "layer": "reshape", "shape": shape.dims() })));
            }
        }
        from_json(json!({ "layer": "residual", "layers": layers, "activation": activation }))
    }

    fn branches(&mut self, shape: Shape, depth: usize) -> Layer {
        let mut branches = vec![Vec::new()];
        for _ in 0..1 + self.below(2) {
            branches.push(match self.below(3) {
                0 => Vec::new(),
                _ => vec![self.same_shape(shape, depth - 1)],
            });
        }
        let merge = ["add", "concat"][self.below(2)];
        from_json(json!({ "layer": "branches", "merge": merge, "branches": branches }))
    }

    fn same_shape(&mut self, shape: Shape, depth: usize) -> Layer {
        for _ in 0..8 {
            let layer = self.layer(shape, depth);
            if layer.output_shape(shape) == Ok(shape) {
                return layer;
            }
        }
        before(shape)
    }
}
