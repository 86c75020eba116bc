//! What each layer is in PyTorch. Images are NCHW.

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

use super::code::Code;

/// A layer as lines of a module.
trait Lines {
    /// Adds them to `code`; `path` is the layer's place, before the names of its tensors. `x` has the shape `input` before
    /// them, and `output` after.
    fn write(&self, code: &mut Code<'_>, path: &str, input: Shape, output: Shape);
}

macro_rules! write {
    ($($layer:ident, $kind:literal;)*) => {
        fn write(layer: &Layer, code: &mut Code<'_>, path: &str, input: Shape, output: Shape) {
            match layer { $(Layer::$layer(layer) => layer.write(code, path, input, output),)* }
        }
    };
}

network::layers!(write);

/// Layers one after the other; the shape that they give.
pub fn chain(layers: &[Layer], code: &mut Code<'_>, path: &str, input: Shape) -> Shape {
    layers.iter().enumerate().fold(input, |input, (index, layer)| {
        let output = layer.output_shape(input).expect("the network was checked");
        write(layer, code, &format!("{path}.{index}"), input, output);
        output
    })
}

pub use convolution::pointwise;
