//! Why scores could not be judged.

/// Why scores could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnomalyError {
    /// Scores and marks of different lengths.
    #[error("{scores} scores, but {marks} marks of what is anomalous")]
    Length {
        /// Number of scores.
        scores: usize,
        /// Number of marks.
        marks: usize,
    },

    /// Only anomalies, or none.
    #[error("{anomalous} of {samples} samples are anomalous: detection needs at least one of each kind")]
    OneKind {
        /// Samples marked as anomalous.
        anomalous: usize,
        /// All samples.
        samples: usize,
    },

    /// A score that is NaN or infinite.
    #[error("score {index} (counted from 0) is {value}: every score must be a finite number")]
    NotFinite {
        /// Its position.
        index: usize,
        /// The value.
        value: f64,
    },

    /// Too few normal samples to find a threshold from.
    #[error("{samples} normal samples: a threshold needs at least {least}")]
    FewNormal {
        /// Normal samples.
        samples: usize,
        /// How many it takes.
        least: usize,
    },

    /// A share of false positives that is none.
    #[error("a share of false positives of {share}: must lie strictly between 0 and 1")]
    Share {
        /// The share.
        share: f64,
    },
}

/// Refuses scores that are not finite.
pub(super) fn check_scores(scores: &[f64]) -> Result<(), AnomalyError> {
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(()),
        Some(index) => Err(AnomalyError::NotFinite { index, value: scores[index] }),
    }
}
