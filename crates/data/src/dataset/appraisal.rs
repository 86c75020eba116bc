//! Looks at the values of images: what they are like, and by which hash an image is known again.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Dataset;
use super::values::Values;

/// Images of a set on disk that are looked at.
const MOST_ON_DISK: usize = 20_000;

/// What is found out about one image.
struct ImageValues {
    min: f32,
    max: f32,
    mean: f64,
    deviation: f64,
    is_constant: bool,
    fingerprint: u64,
}

impl Values {
    /// Looks at the images of `parts`, or at `most` of them, evenly spaced, and at fewer where they lie on disk. Images
    /// that are in several parts count once for each.
    pub fn of(parts: &[&Dataset], most: usize) -> Self {
        let all: Vec<(usize, usize)> =
            parts.iter().enumerate().flat_map(|(part, set)| (0..set.len()).map(move |i| (part, i))).collect();
        let most = if parts.iter().any(|part| part.is_on_disk()) { most.min(MOST_ON_DISK) } else { most };
        let every = all.len().div_ceil(most.max(1)).max(1);
        let chosen: Vec<(usize, usize)> = all.into_iter().step_by(every).collect();
        let found: Vec<ImageValues> = chosen
            .par_iter()
            .map_init(Vec::new, |buffer, (part, i)| look(parts[*part], *i, buffer))
            .collect();
        let n = found.len().max(1) as f64;
        let mean = found.iter().map(|image| image.mean).sum::<f64>() / n;
        let mut seen = HashMap::<u64, usize>::new();
        found.iter().for_each(|image| *seen.entry(image.fingerprint).or_default() += 1);
        Self {
            min: found.iter().map(|image| image.min).fold(f32::INFINITY, f32::min),
            max: found.iter().map(|image| image.max).fold(f32::NEG_INFINITY, f32::max),
            mean,
            contrast: found.iter().map(|image| image.deviation).sum::<f64>() / n,
            spread: (found.iter().map(|image| (image.mean - mean).powi(2)).sum::<f64>() / n).sqrt(),
            images: found.len(),
            constant: found.iter().filter(|image| image.is_constant).count(),
            identical: found.len() - seen.len(),
        }
    }
}

fn look(set: &Dataset, i: usize, buffer: &mut Vec<f32>) -> ImageValues {
    let shape = set.shape();
    buffer.resize(shape.values(), 0.0);
    set.image(i, buffer);
    let (mut min, mut max, mut sum, mut squares) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f64, 0.0_f64);
    for value in buffer.iter() {
        (min, max) = (min.min(*value), max.max(*value));
        sum += f64::from(*value);
        squares += f64::from(*value) * f64::from(*value);
    }
    let n = buffer.len() as f64;
    let mean = sum / n;
    let first = &buffer[..shape.channels];
    ImageValues {
        min,
        max,
        mean,
        deviation: (squares / n - mean * mean).max(0.0).sqrt(),
        is_constant: buffer.chunks_exact(shape.channels).all(|pixel| pixel == first),
        fingerprint: fingerprint(buffer),
    }
}

/// A hash of an image's values, the same wherever the set is opened: the first eight bytes of SHA-256 over the
/// little-endian f32.
fn fingerprint(values: &[f32]) -> u64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in values.chunks(1024) {
        let bytes: Vec<u8> = part.iter().flat_map(|value| value.to_le_bytes()).collect();
        hash.update(&bytes);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Hashes of the values of all images of `set`, by which an image is known again in another split or on another day.
pub fn fingerprints(set: &Dataset) -> Vec<u64> {
    let each = set.shape().values();
    (0..set.len())
        .into_par_iter()
        .map_init(
            || vec![0.0; each],
            |image, i| {
                set.image(i, image);
                fingerprint(image)
            },
        )
        .collect()
}
