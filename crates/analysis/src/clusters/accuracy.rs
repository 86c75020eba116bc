//! How often a classifier is right.

/// Share of `predicted` that equal `labels`, in [0, 1]; both of the same length, not empty.
pub(super) fn accuracy(predicted: &[u32], labels: &[u32]) -> f64 {
    let right = predicted.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / labels.len() as f64
}
