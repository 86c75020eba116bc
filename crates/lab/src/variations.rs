//! Variations of images: other codes that their posteriors hold for likely, decoded.

use data::Dataset;
use model::Embedding;
use random::Stream;
use train::ImageSource;

use crate::error::Error;
use crate::lab::Lab;
use crate::runs::Run;

/// How much of [0, 1] a variation's pixels change, as root mean square, where it can be told from the image at a glance.
const VISIBLE: f64 = 0.05;
/// Images by which a spread is chosen.
const TRIED: usize = 32;
/// The widest spread that is chosen, in steps of √2 above 1.
const STEPS: i32 = 24;
/// A variation stays nearer than this to its image: as a part of the distance to the nearest other code.
const NEAR: f64 = 0.5;

/// Draws codes around those of images, a pure function of seed, variation and image.
pub struct Variations {
    stream: Stream,
    spread: f32,
}

impl Variations {
    /// Drawn from `seed`, `spread` standard deviations of the posterior from each image.
    pub fn new(seed: u64, spread: f32) -> Self {
        Self { stream: Stream::new(seed, "augmentation"), spread }
    }

    /// The codes μ + spread · σ · ε of that variation; `indices` say which images `codes` are of.
    pub fn codes(&self, codes: &Embedding, indices: &[usize], variation: u64) -> Vec<f32> {
        let (dims, log_var) = (codes.dims(), codes.log_var.as_deref().unwrap_or_default());
        let mut drawn = codes.mean.clone();
        let each = drawn.chunks_exact_mut(dims).zip(log_var.chunks_exact(dims));
        for ((code, log_var), index) in each.zip(indices) {
            self.stream.each_normal(variation, *index as u32, dims, |dim, epsilon| {
                code[dim] += self.spread * (0.5 * log_var[dim]).exp() * epsilon;
            });
        }
        drawn
    }
}

/// The spread at which variations of the images of `set` can be seen: 1, where the posterior's own can be, else the first
/// beyond at which half of them change by a twentieth of the range (root mean square over pixels), as long as they stay
/// nearer to their image's code than halfway to the nearest other. What is chosen is told. Of rows of a table it is 1.
///
/// # Errors
/// If the images are not of the network's size.
pub fn visible_spread(run: &mut Run, set: &Dataset, seed: u64, lab: &Lab) -> Result<f32, Error> {
    if run.columns().is_some() {
        return Ok(1.0);
    }
    let count = set.len().min(TRIED);
    let indices: Vec<usize> = (0..count).map(|i| i * set.len() / count).collect();
    let transform = run.own_transform(None)?;
    let model = &mut run.trained.model;
    let codes = model.encode_from(&ImageSource::new(&set.subset(&indices)?, transform), count);
    let decoded = model.decode(&codes.mean)?;
    let values = model.network().input.len();
    let nearest = nearest_distances(&codes);
    let (mut chosen, mut own) = (1.0, None);
    for step in 0..STEPS {
        let spread = 2f32.powf(0.5 * step as f32);
        let drawn = Variations::new(seed, spread).codes(&codes, &indices, 0);
        let moved = rms_differences(&codes.mean, &drawn, codes.dims());
        let share = median(std::iter::zip(&moved, &nearest).map(|(moved, nearest)| moved / nearest));
        if step > 0 && share > NEAR {
            break;
        }
        let change = median(rms_differences(&decoded, &model.decode(&drawn)?, values));
        chosen = spread;
        own.get_or_insert(change);
        if change >= VISIBLE {
            break;
        }
    }
    if chosen > 1.0 {
        lab.note(format_args!(
            "--spread {chosen:.1}: at 1, the posterior's own, a variation changes pixels by {:.1} % of their range, which \
             is hardly seen",
            100.0 * own.unwrap_or(0.0)
        ));
    }
    Ok(chosen)
}

/// Root mean square of the differences of each `size` values.
fn rms_differences(a: &[f32], b: &[f32], size: usize) -> Vec<f64> {
    let rms = |(a, b): (&[f32], &[f32])| {
        let squares = std::iter::zip(a, b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
        (squares.sum::<f64>() / size as f64).sqrt()
    };
    std::iter::zip(a.chunks_exact(size), b.chunks_exact(size)).map(rms).collect()
}

/// From each code to the nearest other that is not the same, per dimension; infinite where there is none.
fn nearest_distances(codes: &Embedding) -> Vec<f64> {
    let dims = codes.dims();
    let of = |code: &[f32]| {
        let all = codes.mean.chunks_exact(dims).map(|other| rms_differences(code, other, dims)[0]);
        all.filter(|distance| *distance > 0.0).fold(f64::INFINITY, f64::min)
    };
    codes.mean.chunks_exact(dims).map(of).collect()
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_to_the_nearest_code_that_differs() {
        let codes = Embedding {
            mean: vec![0.0, 0.0, 3.0, 4.0, 3.0, 4.0, 3.0, 5.0],
            log_var: None,
            code: network::Shape::Vector(2),
        };
        // (3, 4) twice: its nearest other is (3, 5).
        let squares: Vec<f64> =
            nearest_distances(&codes).iter().map(|distance| 2.0 * distance.powi(2)).collect();
        assert!(std::iter::zip(squares, [25.0, 1.0, 1.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(nearest_distances(&codes.first(1)), [f64::INFINITY]);
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
    }
}
