//! What each layer is in Keras 3.

mod activate;
mod attention;
mod chains;
mod convolution;
mod dense;
mod dropout;
mod norm;
mod pool;
pub mod readers;
mod shape;
mod upsample;

use network::*;

use super::functional::{Functional, KerasTensor};

/// A layer as layers of Keras.
trait KerasLayers {
    /// Adds them to `model` behind `x`; `path` is the layer's place, before the names of its tensors, and `name` that place
    /// as a name of Keras. They give the shape `output`.
    fn write(&self, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor;
}

/// The shapes before and behind a layer.
#[derive(Clone, Copy, Debug)]
pub struct Shapes {
    /// What it takes.
    pub input: Shape,
    /// What it gives.
    pub output: Shape,
}

macro_rules! write {
    ($($layer:ident, $kind:literal;)*) => {
        fn write(layer: &Layer, model: &mut Functional<'_>, path: &str, x: &KerasTensor, shapes: Shapes) -> KerasTensor {
            match layer { $(Layer::$layer(layer) => layer.write(model, path, x, shapes),)* }
        }
    };
}

network::layers!(write);

/// The name of a layer of Keras for the layer at `path`.
pub fn name_of(path: &str) -> String {
    path.replace('.', "_")
}

/// Layers one after the other.
pub fn chain(
    layers: &[Layer],
    model: &mut Functional<'_>,
    path: &str,
    x: KerasTensor,
    input: Shape,
) -> (KerasTensor, Shape) {
    layers.iter().enumerate().fold((x, input), |(x, input), (index, layer)| {
        let output = layer.output_shape(input).expect("the network was checked");
        let y = write(layer, model, &format!("{path}.{index}"), &x, Shapes { input, output });
        (y, output)
    })
}
