//! A layer with its tensors.

use network::Layer;

/// A layer and its tensors, those of the layers inside it with their places: `layers.0.kernel`.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedLayer {
    /// The layer.
    pub layer: Layer,
    /// Its tensors, in our layouts.
    pub tensors: Vec<(String, Vec<f32>)>,
}

impl<L: Into<Layer>> From<L> for WeightedLayer {
    fn from(layer: L) -> Self {
        Self { layer: layer.into(), tensors: Vec::new() }
    }
}
