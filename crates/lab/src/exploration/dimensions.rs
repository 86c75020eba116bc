//! What each dimension of a code says, and where its values lie.

use analysis::{Posterior, Table};
use explorer::payload::Dimension;
use model::Embedding;

use crate::error::Error;

/// Bins of a histogram.
const BINS: usize = 24;
/// Percentiles between which a slider moves.
const ENDS: [f64; 2] = [0.01, 0.99];

/// The dimensions of `codes`, in their order. Values are those of one draw of each posterior; of a plain autoencoder, of the
/// codes.
pub fn dimensions(codes: &Embedding, seed: u64) -> Result<Vec<Dimension>, Error> {
    let dims = codes.dims();
    let means = Table::new(&codes.mean, dims)?;
    let (information, mean, variance): (Vec<f64>, Vec<f64>, Vec<f64>) = match &codes.log_var {
        Some(log_var) => {
            let posterior = Posterior::new(means, Table::new(log_var, dims)?)?;
            let (mean, variance) = posterior.marginals();
            (posterior.dimensions().iter().map(|dimension| dimension.kl).collect(), mean, variance)
        }
        None => {
            let (mean, variance) = moments(codes);
            (variance.clone(), mean, variance)
        }
    };
    let draws = codes.sample(seed);
    Ok((0..dims)
        .map(|j| {
            let mut values: Vec<f32> = draws.iter().skip(j).step_by(dims).copied().collect();
            values.sort_unstable_by(f32::total_cmp);
            let [low, high] = ends(&values);
            Dimension {
                information: short(information[j]),
                mean: short(mean[j]),
                deviation: short(variance[j].sqrt()),
                low,
                high,
                histogram: histogram(&values, low, high),
            }
        })
        .collect())
}

/// Mean and variance of each dimension.
fn moments(codes: &Embedding) -> (Vec<f64>, Vec<f64>) {
    let (dims, rows) = (codes.dims(), codes.len() as f64);
    let mut mean = vec![0.0; dims];
    for code in codes.mean.chunks_exact(dims) {
        mean.iter_mut().zip(code).for_each(|(sum, value)| *sum += f64::from(*value) / rows);
    }
    let mut variance = vec![0.0; dims];
    for code in codes.mean.chunks_exact(dims) {
        let squares = code.iter().zip(&mean).map(|(value, mean)| (f64::from(*value) - mean).powi(2));
        variance.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square / rows);
    }
    (mean, variance)
}

/// The percentiles of ascending `values`; 1 apart from the value where all are the same.
fn ends(values: &[f32]) -> [f32; 2] {
    let last = values.len().saturating_sub(1) as f64;
    let at = |share: f64| values.get((share * last).round() as usize).copied().unwrap_or(0.0);
    let [low, high] = ENDS.map(|share| short(at(share).into()));
    if low < high { [low, high] } else { [low - 1.0, high + 1.0] }
}

/// Shares of ascending `values` in bins from `low` to `high`.
fn histogram(values: &[f32], low: f32, high: f32) -> Vec<f32> {
    let mut counts = [0_u32; BINS];
    for value in values.iter().filter(|value| (low..=high).contains(*value)) {
        let bin = (BINS as f32 * (value - low) / (high - low)) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    counts.iter().map(|count| short(f64::from(*count) / values.len().max(1) as f64)).collect()
}

/// With four digits, for they are written as text.
fn short(value: f64) -> f32 {
    format!("{value:.3e}").parse().unwrap_or(value as f32)
}
