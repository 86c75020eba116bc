//! From which score on a sample is called anomalous, so that few normal ones are.

use super::error::{AnomalyError, check_scores};

/// Normal samples from which a threshold can be found.
const LEAST: usize = 10;
/// The part of the normal scores that counts as the tail.
const TAIL: f64 = 0.2;
/// Scores of the tail at least.
const LEAST_IN_TAIL: usize = 8;

/// The score above which a sample is called anomalous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The score.
    pub score: f64,
    /// The share of normal samples that may lie above it, in (0, 1).
    pub false_positives: f64,
    /// How it was found.
    pub method: ThresholdMethod,
    /// Normal samples that it was found from.
    pub samples: usize,
}

/// How a [`Threshold`] was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThresholdMethod {
    /// The ⌈(n + 1)(1 − p)⌉-th smallest of n normal scores: a new normal sample lies above it with a probability of at
    /// most p, whatever the scores' distribution, if it is drawn as they were (split conformal prediction; Vovk et al.
    /// 2005, Angelopoulos & Bates 2021).
    Quantile,
    /// Where so few lie above that no score tells: the quantile of a generalised Pareto distribution fitted to the
    /// highest scores by probability-weighted moments (Pickands 1975; Hosking & Wallis 1987).
    Tail {
        /// ξ: 0 for an exponential tail, above for a heavier one, below for one that ends.
        shape: f64,
        /// σ, above 0; 0 where all scores of the tail are equal.
        scale: f64,
        /// The score where the tail begins.
        beginning: f64,
        /// Scores in it.
        exceedances: usize,
    },
}

/// A threshold above which about the part `false_positives` of normal samples lie, whose scores are `normal` (higher: more
/// anomalous). These must be of samples that the model was not trained on.
///
/// With at least 1/p − 1 scores it is one of them ([`ThresholdMethod::Quantile`]), with fewer it is extrapolated
/// ([`ThresholdMethod::Tail`]).
///
/// # Errors
/// [`AnomalyError::FewNormal`] below 10 scores, [`AnomalyError::Share`] unless 0 < p < 1, [`AnomalyError::NotFinite`].
///
/// ```
/// let normal: Vec<f64> = (1..=199).map(f64::from).collect();
/// assert_eq!(analysis::threshold(&normal, 0.05)?.score, 190.0); // 9 of 199 lie above
/// # Ok::<(), analysis::AnomalyError>(())
/// ```
pub fn threshold(normal: &[f64], false_positives: f64) -> Result<Threshold, AnomalyError> {
    check_scores(normal)?;
    if !(false_positives > 0.0 && false_positives < 1.0) {
        return Err(AnomalyError::Share { share: false_positives });
    }
    let samples = normal.len();
    if samples < LEAST {
        return Err(AnomalyError::FewNormal { samples, least: LEAST });
    }
    let mut sorted = normal.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = ((samples + 1) as f64 * (1.0 - false_positives) - 1e-9).ceil() as usize;
    if rank <= samples {
        let score = sorted[rank.max(1) - 1];
        return Ok(Threshold { score, false_positives, method: ThresholdMethod::Quantile, samples });
    }
    let exceedances = ((TAIL * samples as f64).ceil() as usize).clamp(LEAST_IN_TAIL, samples - 1);
    let beginning = sorted[samples - exceedances - 1];
    let beyond: Vec<f64> = sorted[samples - exceedances..].iter().map(|score| score - beginning).collect();
    let (shape, scale) = generalised_pareto(&beyond);
    let ratio = false_positives * samples as f64 / exceedances as f64; // of the tail lies above
    let over =
        if shape.abs() < 1e-9 { -scale * ratio.ln() } else { scale / shape * (ratio.powf(-shape) - 1.0) };
    let method = ThresholdMethod::Tail { shape, scale, beginning, exceedances };
    Ok(Threshold { score: beginning + over, false_positives, method, samples })
}

/// ξ and σ of a generalised Pareto distribution by probability-weighted moments, from ascending exceedances.
fn generalised_pareto(ascending: &[f64]) -> (f64, f64) {
    let n = ascending.len() as f64;
    let mean = ascending.iter().sum::<f64>() / n;
    let weighted = |(i, x): (usize, &f64)| (1.0 - (i as f64 + 0.65) / n) * x; // plotting positions (i − 0.35) / n
    let second = ascending.iter().enumerate().map(weighted).sum::<f64>() / n;
    let difference = mean - 2.0 * second;
    if difference <= 1e-12 * mean.abs() {
        return (0.0, mean); // no spread that the moments could tell: exponential
    }
    (2.0 - mean / difference, 2.0 * mean * second / difference)
}

#[cfg(test)]
mod tests {
    use random::Stream;

    use super::*;

    #[test]
    fn few_enough_lie_above_whatever_the_distribution() {
        // Over many draws of 150 normal scores, a new one lies above in at most 5 %, and not much less.
        let stream = Stream::new(3, "scores");
        let (mut above, trials) = (0, 2_000);
        for trial in 0..trials {
            let mut cursor = stream.cursor(trial, 0);
            let draws: Vec<f64> = (0..151).map(|_| f64::from(cursor.uniform()).powi(3)).collect();
            let found = threshold(&draws[..150], 0.05).unwrap();
            assert_eq!(found.method, ThresholdMethod::Quantile);
            above += u32::from(draws[150] > found.score);
        }
        let part = f64::from(above) / trials as f64;
        assert!((0.035..=0.06).contains(&part), "{part}");
    }

    #[test]
    fn tails_of_known_distributions_are_met() {
        // Scores at the distribution's own quantiles: what is left is the rounding of the moments.
        let n = 400;
        let position = |i: usize| (i as f64 + 0.65) / n as f64;
        let exponential: Vec<f64> = (0..n).map(|i| -(1.0 - position(i)).ln()).collect();
        let found = threshold(&exponential, 0.001).unwrap();
        assert!((found.score / 1000f64.ln() - 1.0).abs() < 0.05, "{found:?}");
        let uniform: Vec<f64> = (0..n).map(position).collect();
        let found = threshold(&uniform, 0.001).unwrap();
        assert!((found.score - 0.999).abs() < 2e-3, "{found:?}");
        let heavy: Vec<f64> = (0..n).map(|i| (1.0 - position(i)).powf(-0.25)).collect();
        let found = threshold(&heavy, 0.001).unwrap();
        assert!((found.score / 1000f64.powf(0.25) - 1.0).abs() < 0.08, "{found:?}");
    }

    #[test]
    fn degenerate_scores_have_a_threshold_too() {
        let equal = threshold(&[2.0; 12], 0.01).unwrap();
        assert_eq!(equal.score, 2.0);
        let mut one_high = vec![1.0; 30];
        one_high[7] = 5.0;
        assert!(threshold(&one_high, 0.001).unwrap().score >= 1.0);
        assert!(threshold(&[1.0; 9], 0.01).is_err() && threshold(&[1.0; 20], 0.0).is_err());
    }
}
