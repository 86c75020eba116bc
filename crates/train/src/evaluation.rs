//! Loss terms over a whole split.

use data::{Dataset, EVALUATION_STEP, InputTransform};
use engine::{Executor, Noise};
use network::Terms;
use random::Stream;

use crate::source::ImageSource;

/// Loss terms averaged over all images of `dataset`, with the full KL weight.
///
/// A VAE decodes one sample z = μ + σ ε of each image's posterior, as in training. ε and the input's noise
/// are pure functions of `seed` and the image's position: repeated evaluations agree.
pub fn evaluate(executor: &mut Executor, dataset: &Dataset, transform: InputTransform, seed: u64) -> Terms {
    let seen = ImageSource::new(dataset, transform);
    let batch = executor.batch();
    let dims = if executor.network().is_variational() { executor.code_shape().len() } else { 0 };
    let stream = Stream::new(seed, "evaluation noise");
    let mut epsilon = vec![0.0; batch * dims];
    let mut terms = Terms::default();
    for first in (0..dataset.len()).step_by(batch) {
        let images = batch.min(dataset.len() - first);
        let noise = if dims == 0 {
            Noise::Mean
        } else {
            let samples = first as u32..(first + images) as u32;
            stream.each_normal_of(EVALUATION_STEP, samples, dims, |sample, j, draw| {
                epsilon[(sample as usize - first) * dims + j] = draw;
            });
            Noise::Given(&epsilon[..images * dims])
        };
        terms = terms.merge(executor.evaluate(&seen.after(first), images, noise));
    }
    terms
}
