//! What each layer computes, forwards; the way back is the tape's. Formulas are those of the papers that the layers'
//! specifications name, semantics are Keras'.

mod activate;
mod attention;
mod chains;
mod convolution;
mod dense;
mod dropout;
mod norm;
mod pool;
mod shape;
mod upsample;

use network::*;

use crate::batch::Batch;
use crate::pass::Pass;
use crate::tape::{Product, Var};

/// A layer's way forward.
trait Forward {
    /// What it makes of `x`; `path` is the layer's place, before the names of its tensors.
    fn forward(&self, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch;
}

macro_rules! forward {
    ($($layer:ident, $kind:literal;)*) => {
        fn forward(layer: &Layer, pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
            match layer { $(Layer::$layer(layer) => layer.forward(pass, path, x),)* }
        }
    };
}

network::layers!(forward);

/// Layers one after the other.
pub fn chain(layers: &[Layer], pass: &mut Pass<'_>, path: &str, x: Batch) -> Batch {
    let step = |x: Batch, (index, layer): (usize, &Layer)| {
        let output = layer.output_shape(x.shape).expect("the network was checked");
        let y = forward(layer, pass, &format!("{path}.{index}"), x);
        assert_eq!(y.shape, output, "{path}.{index}");
        y
    };
    layers.iter().enumerate().fold(x, step)
}

/// x · kernel + bias for `rows` rows of `x`; the tensors' names begin with `prefix`.
pub fn affine(pass: &mut Pass<'_>, path: &str, prefix: &str, x: Var, rows: usize) -> Var {
    let kernel = pass.parameter(path, &format!("{prefix}kernel"));
    let bias = pass.parameter(path, &format!("{prefix}bias"));
    let tape = &mut pass.tape;
    let (inner, columns) = (tape.len(x) / rows, tape.len(bias));
    let product = tape.product(x, kernel, Product { batch: 1, rows, inner, columns });
    let bias = tape.spread(bias, rows * columns, |i| i % columns);
    tape.add(product, bias)
}
