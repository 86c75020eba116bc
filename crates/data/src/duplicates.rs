//! Images of one part that are almost those of another: a test set with copies of training images flatters.

use rayon::prelude::*;

use crate::dataset::Dataset;

/// Sides of the thumbnails that are compared.
const SIDE: usize = 16;
/// Root mean square difference of thumbnails, in [0, 1], below which two images are near-duplicates …
const NEAR: f64 = 0.02;
/// … if it is also below this part of the difference of two images at random: sets of like images are no duplicates.
const OF_TYPICAL: f64 = 0.1;
/// Pairs that are compared; of more images only the first ones are looked at.
const MOST_PAIRS: usize = 20_000_000;

/// The near-duplicates of one set in another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NearDuplicates {
    /// Position of an image of the second set, and of the one of the first that is most like it.
    pub pairs: Vec<(usize, usize)>,
    /// Images of the second set that were looked at: all, or the first ones of many.
    pub looked_at: usize,
}

/// Which images of `test` have a near-duplicate in `train`: thumbnails of 16 × 16 pixels that differ by less than 0.02
/// in root mean square, and by less than a tenth of what two images at random differ.
///
/// ```
/// use data::{Dataset, ImageShape};
/// let images = |seed: u8| (0..4 * 64u32).map(|i| ((i * 37 + i / 64 * u32::from(seed) * 91) % 251) as u8).collect();
/// let train = Dataset::from_bytes("train", ImageShape::new(8, 8, 1), images(1))?;
/// let test = Dataset::from_bytes("test", ImageShape::new(8, 8, 1), images(3))?;
/// // Image 0 of both is the same; the others differ.
/// assert_eq!(data::near_duplicates(&train, &test).pairs, [(0, 0)]);
/// # Ok::<(), data::DataError>(())
/// ```
pub fn near_duplicates(train: &Dataset, test: &Dataset) -> NearDuplicates {
    let looked_at = test.len().min((MOST_PAIRS / train.len().max(1)).max(1));
    if train.shape() != test.shape() {
        return NearDuplicates::default();
    }
    let (known, looked) = (thumbnails(train, train.len()), thumbnails(test, looked_at));
    let each = known.len() / train.len();
    let distance = |a: &[f32], b: &[f32]| -> f64 {
        let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
        (f64::from(sum) / each as f64).sqrt()
    };
    // Neighbours in the order of a folder are often alike; pairs from afar are not.
    let (n, half, shared) = (train.len(), train.len() / 2, train.shares_pixels_with(test));
    let row = |rows: &'_ [f32], i: usize| -> Vec<f32> { rows[i * each..(i + 1) * each].to_vec() };
    let sampled = n.min(1000);
    let typical = (0..sampled)
        .map(|i| distance(&row(&known, i * n / sampled), &row(&known, (i * n / sampled + half.max(1)) % n)))
        .sum::<f64>()
        / sampled as f64;
    let most = NEAR.min(OF_TYPICAL * typical);
    let pairs = looked
        .par_chunks_exact(each)
        .enumerate()
        .filter_map(|(i, image)| {
            let is_other = |j: &usize| !(shared && train.position(*j) == test.position(i));
            let others = (0..n).filter(is_other).map(|j| (j, &known[j * each..(j + 1) * each]));
            let distances = others.map(|(j, other)| (j, distance(image, other)));
            let (nearest, least) = distances.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
            (least <= most).then_some((i, nearest))
        })
        .collect();
    NearDuplicates { pairs, looked_at }
}

/// Means by channel over a grid of at most 16 × 16 cells of the first `count` images, one after the other.
fn thumbnails(set: &Dataset, count: usize) -> Vec<f32> {
    let shape = set.shape();
    let (rows, columns) = (shape.height.min(SIDE), shape.width.min(SIDE));
    let each = rows * columns * shape.channels;
    let mut out = vec![0.0; count * each];
    out.par_chunks_exact_mut(each).enumerate().for_each_init(
        || (vec![0.0; shape.values()], vec![0u32; each]),
        |(image, counts), (i, out)| {
            set.image(i, image);
            counts.fill(0);
            for (y, line) in image.chunks_exact(shape.width * shape.channels).enumerate() {
                for (x, pixel) in line.chunks_exact(shape.channels).enumerate() {
                    let cell =
                        (y * rows / shape.height * columns + x * columns / shape.width) * shape.channels;
                    for (channel, value) in pixel.iter().enumerate() {
                        out[cell + channel] += value;
                        counts[cell + channel] += 1;
                    }
                }
            }
            out.iter_mut().zip(&*counts).for_each(|(value, count)| *value /= *count as f32);
        },
    );
    out
}
