//! Receiver operating characteristic, its area, and average precision.

use super::error::{AnomalyError, check_scores};

/// What is found when every sample with a score of at least `threshold` is called anomalous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// The score; infinite at the first point, where nothing is called anomalous.
    pub threshold: f64,
    /// Share of the normal samples called anomalous, in [0, 1].
    pub false_positive_rate: f64,
    /// Share of the anomalies found (recall), in [0, 1].
    pub true_positive_rate: f64,
    /// Share of anomalies among what is called anomalous, in [0, 1]; 1 at the first point.
    pub precision: f64,
}

/// How well scores tell anomalies from normal samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Area under the ROC curve: the probability that an anomaly scores higher than a normal sample, ties
    /// counting ½; in [0, 1], higher is better, ½ for chance (Hanley & McNeil 1982).
    pub auroc: f64,
    /// Σ (recall_i − recall_{i−1}) · precision_i over the thresholds, in (0, 1], higher is better; the share of
    /// anomalies for chance. Not interpolated (Davis & Goadrich 2006).
    pub average_precision: f64,
    /// One point per different score, from the strictest threshold to (1, 1), after (0, 0).
    pub curve: Vec<RocPoint>,
    /// Number of anomalies.
    pub anomalous: usize,
    /// Number of samples.
    pub samples: usize,
}

/// Judges `scores` (higher: more anomalous) against the marks of what is `anomalous`.
///
/// Equals scikit-learn's `roc_auc_score`, `average_precision_score` and `roc_curve(drop_intermediate=False)`.
///
/// # Errors
/// [`AnomalyError`] for lengths that differ, scores that are not finite, and when all or none are anomalous.
///
/// ```
/// let found = analysis::detection(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?;
/// assert_eq!(found.auroc, 0.75);
/// # Ok::<(), analysis::AnomalyError>(())
/// ```
pub fn detection(scores: &[f64], anomalous: &[bool]) -> Result<Detection, AnomalyError> {
    if scores.len() != anomalous.len() {
        return Err(AnomalyError::Length { scores: scores.len(), marks: anomalous.len() });
    }
    check_scores(scores)?;
    let positives = anomalous.iter().filter(|mark| **mark).count();
    let negatives = scores.len() - positives;
    if positives == 0 || negatives == 0 {
        return Err(AnomalyError::OneKind { anomalous: positives, samples: scores.len() });
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut curve = vec![RocPoint {
        threshold: f64::INFINITY,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
        precision: 1.0,
    }];
    let (mut found, mut false_alarms) = (0, 0);
    let mut average_precision = 0.0;
    // Twice the pairs that are ordered rightly, so that a tie counts a whole number.
    let mut twice_ordered = 0u128;
    for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let anomalies = tied.iter().filter(|index| anomalous[**index]).count();
        let normal = tied.len() - anomalies;
        twice_ordered += (2 * found + anomalies) as u128 * normal as u128;
        found += anomalies;
        false_alarms += normal;
        let precision = found as f64 / (found + false_alarms) as f64;
        average_precision += anomalies as f64 / positives as f64 * precision;
        curve.push(RocPoint {
            threshold: scores[tied[0]],
            false_positive_rate: false_alarms as f64 / negatives as f64,
            true_positive_rate: found as f64 / positives as f64,
            precision,
        });
    }
    Ok(Detection {
        auroc: twice_ordered as f64 / (2.0 * positives as f64 * negatives as f64),
        average_precision,
        curve,
        anomalous: positives,
        samples: scores.len(),
    })
}
