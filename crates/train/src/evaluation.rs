//! Loss terms over a whole split.

use std::ops::Range;

use data::{Dataset, EVALUATION_STEP, InputTransform};
use network::{Device, Noise, Terms};
use random::Stream;

use crate::source::ImageSource;

/// Loss terms averaged over all images of `dataset`, with the full KL weight.
///
/// A VAE decodes as many samples z = μ + σ ε of each image's posterior as in training. ε and the input's noise
/// are pure functions of `seed` and the image's position: repeated evaluations agree.
pub fn evaluate(device: &mut dyn Device, dataset: &Dataset, transform: InputTransform, seed: u64) -> Terms {
    let batches = batch_terms(device, dataset, 0..dataset.len(), transform, seed);
    batches.into_iter().fold(Terms::default(), Terms::merge)
}

/// The same of each batch among the images at `rows`, which [`Terms::merge`] joins in their order.
pub(crate) fn batch_terms(
    device: &mut dyn Device,
    dataset: &Dataset,
    rows: Range<usize>,
    transform: InputTransform,
    seed: u64,
) -> Vec<Terms> {
    let seen = ImageSource::new(dataset, transform);
    let batch = device.batch();
    let dims = if device.network().is_variational() { device.code_shape().len() } else { 0 };
    let samples = device.network().latent.samples();
    let stream = Stream::new(seed, "evaluation noise");
    let mut epsilon = vec![0.0; batch * samples * dims];
    let mut terms = Vec::with_capacity(rows.len().div_ceil(batch));
    for first in rows.clone().step_by(batch) {
        let images = batch.min(rows.end - first);
        let noise = if dims == 0 {
            Noise::Mean
        } else {
            let rows = (first * samples) as u32..((first + images) * samples) as u32;
            stream.each_normal_of(EVALUATION_STEP, rows, dims, |row, j, draw| {
                epsilon[(row as usize - first * samples) * dims + j] = draw;
            });
            Noise::Given(&epsilon[..images * samples * dims])
        };
        terms.push(device.evaluate(&seen.after(first), images, noise));
    }
    terms
}
