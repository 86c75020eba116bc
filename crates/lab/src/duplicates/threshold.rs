//! How near two pictures are that one calls the same: found from copies that are made of some of them.

use data::{Dataset, NearCopy, Thumbnails, thumbnail_difference};
use rayon::prelude::*;

/// Images of which copies are made.
const SAMPLED: usize = 300;
/// The part of the copies that is to be found.
const FOUND: f64 = 0.95;
/// Two images are no copies if they differ by more than this part of what two images at random differ: in a set of like
/// images, all would be.
const OF_TYPICAL: f64 = 0.1;

/// The largest difference of two thumbnails at which their images count as near-identical, and what it finds.
///
/// Copies of up to 300 images are made (saved as JPEG, resized, brightened, shifted). The threshold is the difference
/// that 95 % of them stay below, but at most a tenth of what two images at random differ by.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Root mean square difference of thumbnails, of images in [0, 1].
    pub difference: f64,
    /// The median of the differences of two images at random.
    pub typical: f64,
    /// The part of the copies of each kind that it finds, in [0, 1]; kinds that the images have.
    pub found: Vec<(NearCopy, f64)>,
}

impl Threshold {
    /// For the images of `set`, whose thumbnails these are; or a `given` one, and what that finds.
    pub fn of(set: &Dataset, thumbnails: &Thumbnails, given: Option<f64>) -> Self {
        let n = set.len();
        let sampled: Vec<usize> = (0..n.min(SAMPLED)).map(|i| i * n / n.min(SAMPLED)).collect();
        // Neighbours in the order of a folder are often alike; pairs from afar are not.
        let afar = |i: usize| (i + (n / 2).max(1)) % n;
        let difference =
            |i: &usize| thumbnail_difference(thumbnails.thumbnail(*i), thumbnails.thumbnail(afar(*i)));
        let typical = part_below(&mut sampled.iter().map(difference).collect::<Vec<_>>(), 0.5);
        let copies: Vec<(NearCopy, f64)> = sampled
            .par_iter()
            .flat_map_iter(|i| {
                let mut image = vec![0.0; set.shape().values()];
                set.image(*i, &mut image);
                let original = thumbnails.thumbnail(*i);
                NearCopy::ALL.into_iter().filter_map(move |kind| {
                    let copy = thumbnails.of_image(&kind.of(&image, set.shape())?);
                    Some((kind, thumbnail_difference(original, &copy)))
                })
            })
            .collect();
        let mut differences: Vec<f64> = copies.iter().map(|(_, difference)| *difference).collect();
        let difference =
            given.unwrap_or_else(|| part_below(&mut differences, FOUND).min(OF_TYPICAL * typical));
        let found = NearCopy::ALL.into_iter().filter_map(|kind| {
            let of_kind: Vec<f64> = copies
                .iter()
                .filter(|(other, _)| *other == kind)
                .map(|(_, difference)| *difference)
                .collect();
            let near = of_kind.iter().filter(|copy| **copy <= difference).count();
            (!of_kind.is_empty()).then(|| (kind, near as f64 / of_kind.len() as f64))
        });
        Self { difference, typical, found: found.collect() }
    }

    /// `of copies that were made of 300 images it finds: recompressed 100 %, resized 98 %, …`
    pub fn in_words(&self) -> String {
        let parts: Vec<String> =
            self.found.iter().map(|(kind, part)| format!("{} {:.0} %", kind.name(), 100.0 * part)).collect();
        format!("of copies made of some of the images it finds: {}", parts.join(", "))
    }
}

/// The value that this part of all stays at or below.
fn part_below(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (part * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
