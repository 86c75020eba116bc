//! What was found when a set was opened: what was read and left out, classes, values, and what a person should know.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::columns::Columns;
use crate::dataset::Dataset;
use crate::picture::Background;
use crate::pool::Pool;

/// What a path holds and what of it became images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inventory {
    /// Kinds of files that were read, by extension, with the number of images of each, most first; empty for one file.
    pub kinds: Vec<(String, usize)>,
    /// What was left out and why, one phrase each.
    pub left_out: Vec<String>,
    /// How the source was understood: layout, arrays, scale, background, splits; one sentence each.
    pub notes: Vec<String>,
    /// Classes by name with the number of images of each, over all splits; empty where classes are not known.
    pub classes: Vec<(String, usize)>,
    /// What the values of the images are like.
    pub values: Values,
    /// The values of the source that became black and white, where they are not bytes or intensities.
    pub range: Option<[f64; 2]>,
    /// What was laid behind transparent pixels, where there were some.
    pub background: Option<Background>,
    /// The columns of a table, standardised by the training rows.
    pub columns: Option<Columns>,
}

/// Pixel values of a set, in [0, 1] where they are those of images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Values {
    /// Smallest value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    /// Mean of all values.
    pub mean: f64,
    /// Mean over images of the standard deviation of their values: contrast.
    pub contrast: f64,
    /// Standard deviation over images of their means.
    pub spread: f64,
    /// Images that were looked at: all, or of a set on disk so many evenly spaced ones.
    pub images: usize,
    /// Images all of whose values are equal, channel by channel.
    pub constant: usize,
    /// Images that are equal to an earlier one.
    pub identical: usize,
}

/// Images of a set on disk that are looked at.
const LOOKED_AT: usize = 20_000;

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
        let most = if parts.iter().any(|part| part.is_on_disk()) { most.min(LOOKED_AT) } else { most };
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

impl Inventory {
    /// The inventory of a pool whose images are now `parts`; `notes` came with splitting them.
    pub(crate) fn new(pool: PoolFacts, notes: Vec<String>, parts: &[&Dataset]) -> Self {
        let classes = parts.first().map_or(&[][..], |part| part.classes());
        let mut counts = vec![0; classes.len()];
        for part in parts {
            part.labels().unwrap_or_default().iter().for_each(|label| counts[*label as usize] += 1);
        }
        Self {
            kinds: pool.kinds,
            left_out: pool.left_out,
            notes: pool.notes.into_iter().chain(notes).collect(),
            classes: classes.iter().cloned().zip(counts).collect(),
            values: Values::of(parts, usize::MAX),
            range: pool.range,
            background: pool.background,
            columns: pool.columns,
        }
    }
}

impl Inventory {
    /// What no training on such data can mend, and what to do about it: all images equal or without contrast, or nearly
    /// black. To be looked at before anything else is blamed.
    pub fn fault(&self) -> Option<String> {
        const DARK: f32 = 0.2;
        let Values { images, constant, identical, max, .. } = self.values;
        let (things, is_table) = if self.columns.is_some() { ("rows", true) } else { ("images", false) };
        let what = if images > 1 && identical + 1 == images {
            format!("all {images} {things} are equal")
        } else if images > 1 && constant == images && !is_table {
            format!("each of the {images} images is of one value throughout")
        } else if max < DARK && !is_table {
            return Some(format!(
                "no value is above {max:.3}, so images are nearly black; if white is another value, say which: --set \
                 data.range=[0, WHITE]"
            ));
        } else {
            return None;
        };
        let hint = match self.background {
            Some(Background::Black) => {
                "; transparent parts are laid over black: try --set data.background=white"
            }
            Some(Background::White) => {
                "; transparent parts are laid over white: try --set data.background=black"
            }
            None => "",
        };
        Some(format!("{what}: there is nothing to learn{hint}"))
    }
}

/// What a [`Pool`] knows beside its images.
pub(crate) struct PoolFacts {
    kinds: Vec<(String, usize)>,
    left_out: Vec<String>,
    notes: Vec<String>,
    range: Option<[f64; 2]>,
    background: Option<Background>,
    /// Of a table.
    pub(crate) columns: Option<Columns>,
}

impl PoolFacts {
    /// Takes them out of the pool.
    pub(crate) fn take(pool: &mut Pool) -> Self {
        Self {
            kinds: std::mem::take(&mut pool.kinds),
            left_out: std::mem::take(&mut pool.left_out),
            notes: std::mem::take(&mut pool.notes),
            range: pool.range,
            background: pool.background,
            columns: None,
        }
    }
}
