//! Every example of the registry of layers, and networks drawn from a seed.

use network::{Layer, Mmd, Network};

pub use reference::{drawn, examples};

/// Whether what an image becomes depends on the other images of the batch, or on its place in it. All other networks treat
/// a batch as its images one by one.
pub fn depends_on_batch(network: &Network) -> bool {
    fn any(layers: &[Layer]) -> bool {
        layers.iter().any(|layer| {
            matches!(layer, Layer::BatchNorm(_) | Layer::Dropout(_))
                || layer.chains().iter().any(|chain| any(chain.layers))
        })
    }
    any(&network.encoder) || any(&network.decoder) || network.objective.mmd != Mmd::default()
}
