//! Which layer of a decoder gives the output.

use network::{Activation, Layer, Loss, Network};

/// The layer whose bias is added to the output.
pub(crate) struct OutputLayer {
    /// Its place in the decoder.
    pub index: usize,
    /// Whether a sigmoid follows, in the layer or in the loss.
    pub is_squashed: bool,
}

/// The last layer of the decoder but for changes of shape, if it has a bias and its values go to the output as they are or
/// through a sigmoid.
pub(crate) fn output_layer(network: &Network) -> Option<OutputLayer> {
    let changes_shape = |layer: &Layer| matches!(layer, Layer::Flatten(_) | Layer::Reshape(_));
    let index = network.decoder.iter().rposition(|layer| !changes_shape(layer))?;
    let layer = &network.decoder[index];
    if !matches!(layer, Layer::Dense(_) | Layer::Conv2d(_) | Layer::Conv2dTranspose(_)) {
        return None;
    }
    let is_squashed = match layer.last_activation()? {
        Activation::Linear => network.objective.reconstruction.loss == Loss::Bce,
        Activation::Sigmoid => true,
        _ => return None,
    };
    Some(OutputLayer { index, is_squashed })
}
