//! The most anomalous samples.

use std::cmp::Ordering;

use super::error::{AnomalyError, check_scores};

/// Indices of the `count` highest scores, highest first; the lower index first where scores are equal. All of
/// them where there are fewer.
///
/// # Errors
/// [`AnomalyError::NotFinite`].
///
/// ```
/// assert_eq!(analysis::most_anomalous(&[0.5, 2.0, 0.1, 2.0], 3)?, [1, 3, 0]);
/// # Ok::<(), analysis::AnomalyError>(())
/// ```
pub fn most_anomalous(scores: &[f64], count: usize) -> Result<Vec<usize>, AnomalyError> {
    check_scores(scores)?;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Stable: equal scores stay in the order of their indices.
    order.sort_by(|a, b| scores[*b].partial_cmp(&scores[*a]).unwrap_or(Ordering::Equal));
    order.truncate(count);
    Ok(order)
}
