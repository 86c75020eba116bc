//! FactorVAE score.

use random::Stream;

use super::error::DisentanglementError;
use super::factors::KnownFactors;
use crate::moments::{column_means, column_variances};
use crate::posterior::ACTIVE_UNIT_THRESHOLD;

/// How the score is estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorVaeSettings {
    /// Images per vote; at least 1.
    pub batch: usize,
    /// Votes that the classifier is fitted on, and as many again that it is judged on; at least 1.
    pub votes: usize,
    /// Bins of equal width that a quantity is put in to be held fixed; at least 1.
    pub bins: usize,
    /// Dimensions whose variance over all images is no more than this are left out: they are collapsed.
    pub inactive: f64,
    /// Seed of the votes.
    pub seed: u64,
}

impl FactorVaeSettings {
    /// 800 votes of 64 images, quantities in 20 bins, dimensions active above a variance of 0.01.
    pub fn new(seed: u64) -> Self {
        Self { batch: 64, votes: 800, bins: 20, inactive: ACTIVE_UNIT_THRESHOLD, seed }
    }
}

/// Accuracy of telling which factor was held fixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorVaeScore {
    /// Share of the second half of the votes told rightly, in [0, 1]; higher is better, 1 / factors for chance. 0
    /// where no dimension is active.
    pub score: f64,
    /// Dimensions that take part.
    pub active: usize,
}

/// FactorVAE score: a factor is held fixed in a batch of images, and the dimension whose variance in the batch is
/// least, beside its variance over all images, votes for it; a majority classifier from dimension to factor is fitted
/// on one half of the votes and judged on the other.
///
/// Kim & Mnih, *Disentangling by factorising*, ICML 2018. There, new images are made with the factor held fixed; here,
/// they are drawn (with replacement) from the images given whose factor has the same class, or lies in the same bin,
/// as that of an image drawn at random.
///
/// # Errors
/// [`DisentanglementError::Zero`] for settings of 0.
pub fn factor_vae_score(
    known: KnownFactors<'_>,
    settings: FactorVaeSettings,
) -> Result<FactorVaeScore, DisentanglementError> {
    let FactorVaeSettings { batch, votes, bins, inactive, seed } = settings;
    for (name, value) in [("batch", batch), ("votes", votes), ("bins", bins)] {
        if value == 0 {
            return Err(DisentanglementError::Zero { name });
        }
    }
    let codes = known.codes();
    let variances = column_variances(codes, &column_means(codes));
    let active: Vec<usize> = (0..codes.columns()).filter(|j| variances[*j] > inactive.max(0.0)).collect();
    if active.is_empty() {
        return Ok(FactorVaeScore { score: 0.0, active: 0 });
    }
    let factors = known.factors().columns();
    let groups: Vec<(Vec<usize>, Vec<Vec<u32>>)> = (0..factors)
        .map(|k| {
            let levels = known.levels(k, bins);
            let mut groups = vec![Vec::new(); levels.iter().max().map_or(0, |most| most + 1)];
            levels.iter().enumerate().for_each(|(row, level)| groups[*level].push(row as u32));
            (levels, groups)
        })
        .collect();
    let stream = Stream::new(seed, "fixed factors");
    let vote = |index: usize| {
        let mut cursor = stream.cursor(index as u64, 0);
        let k = cursor.below(factors as u32) as usize;
        let (levels, groups) = &groups[k];
        let group = &groups[levels[cursor.below(known.images() as u32) as usize]];
        let rows: Vec<usize> =
            (0..batch).map(|_| group[cursor.below(group.len() as u32) as usize] as usize).collect();
        let spread = |j: usize| {
            let value = |row: &usize| f64::from(codes.row(*row)[j]);
            let mean = rows.iter().map(value).sum::<f64>() / batch as f64;
            rows.iter().map(|row| (value(row) - mean).powi(2)).sum::<f64>() / batch as f64 / variances[j]
        };
        let spreads: Vec<f64> = active.iter().map(|j| spread(*j)).collect();
        let least = (1..active.len()).fold(0, |best, at| if spreads[at] < spreads[best] { at } else { best });
        (least, k)
    };
    let mut counts = vec![0usize; active.len() * factors];
    for (dimension, factor) in (0..votes).map(vote) {
        counts[dimension * factors + factor] += 1;
    }
    let named: Vec<usize> = counts
        .chunks_exact(factors)
        .map(|counts| (1..factors).fold(0, |best, k| if counts[k] > counts[best] { k } else { best }))
        .collect();
    let right = (votes..2 * votes).map(vote).filter(|(dimension, factor)| named[*dimension] == *factor);
    Ok(FactorVaeScore { score: right.count() as f64 / votes as f64, active: active.len() })
}
