//! Which members of a study end early, by the epochs that all of them recorded.

use serde::{Deserialize, Serialize};

use crate::recipe::Monitor;

/// `[stop]`: which members of a study end early. A decision falls at a rung, an epoch that every member that was left has
/// come to, and takes nothing but their recorded losses: who came there first makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum StopRule {
    /// Of n members the n/factor with the lowest loss so far go on; rungs at `first`, `first`·factor, `first`·factor², …
    ///
    /// Source: K. Jamieson, A. Talwalkar, *Non-stochastic best arm identification and hyperparameter optimization*,
    /// AISTATS 2016; with rungs as in L. Li et al., *A system for massively parallel hyperparameter tuning*, MLSys 2020,
    /// of which this is the synchronous form.
    Halving {
        /// The epoch of the first rung, at least 1.
        first: u64,
        /// What their number is divided by, and the epochs multiplied, at least 2.
        #[serde(default = "three")]
        factor: u64,
        /// The loss.
        #[serde(default)]
        monitor: Monitor,
    },
    /// Those end whose lowest loss so far is above the median of all members' mean losses so far; rungs at `first` and
    /// every `every` epochs from there.
    ///
    /// Source: D. Golovin et al., *Google Vizier: a service for black-box optimization*, KDD 2017, which compares with
    /// members that happen to be complete; here with all that came to the rung.
    Median {
        /// The epoch of the first rung, at least 1.
        first: u64,
        /// Epochs from rung to rung, at least 1.
        #[serde(default = "one")]
        every: u64,
        /// The loss.
        #[serde(default)]
        monitor: Monitor,
    },
}

fn one() -> u64 {
    1
}

fn three() -> u64 {
    3
}

impl StopRule {
    /// What of it cannot be used: field, value, what is allowed.
    pub(crate) fn refusal(&self) -> Option<(&'static str, u64, &'static str)> {
        match *self {
            Self::Halving { first: 0, .. } | Self::Median { first: 0, .. } => {
                Some(("stop.first", 0, "must be at least 1"))
            }
            Self::Halving { factor: factor @ (0 | 1), .. } => {
                Some(("stop.factor", factor, "must be at least 2"))
            }
            Self::Median { every: 0, .. } => Some(("stop.every", 0, "must be at least 1")),
            _ => None,
        }
    }

    /// The loss that decides.
    pub fn monitor(&self) -> Monitor {
        match *self {
            Self::Halving { monitor, .. } | Self::Median { monitor, .. } => monitor,
        }
    }

    /// The rungs before epoch `epochs`, the earliest first.
    pub fn rungs(&self, epochs: u64) -> impl Iterator<Item = u64> {
        let rule = *self;
        let (Self::Halving { first, .. } | Self::Median { first, .. }) = rule;
        let next = move |rung: &u64| match rule {
            Self::Halving { factor, .. } => rung.checked_mul(factor),
            Self::Median { every, .. } => rung.checked_add(every),
        };
        std::iter::successors(Some(first), next).take_while(move |rung| *rung < epochs)
    }

    /// Of members with these losses, one for each epoch up to the rung, whether each goes on. One that has no finite loss
    /// does not; of equal ones the earlier in the study goes on.
    pub fn survivors(&self, losses: &[&[f64]]) -> Vec<bool> {
        let lowest: Vec<f64> = losses.iter().map(|losses| lowest(losses)).collect();
        match *self {
            Self::Halving { factor, .. } => {
                let kept = (losses.len() / usize::try_from(factor).unwrap_or(usize::MAX)).max(1);
                let mut order: Vec<usize> = (0..losses.len()).filter(|at| lowest[*at].is_finite()).collect();
                order.sort_by(|a, b| lowest[*a].total_cmp(&lowest[*b]).then(a.cmp(b)));
                order.truncate(kept);
                (0..losses.len()).map(|at| order.contains(&at)).collect()
            }
            Self::Median { .. } => {
                let means = losses.iter().map(|losses| losses.iter().sum::<f64>() / losses.len() as f64);
                let mut means: Vec<f64> = means.filter(|mean| mean.is_finite()).collect();
                means.sort_by(f64::total_cmp);
                let middle = |at: usize| means.get(at).copied().unwrap_or(f64::NEG_INFINITY);
                let median =
                    f64::midpoint(middle(means.len().saturating_sub(1) / 2), middle(means.len() / 2));
                lowest.iter().map(|lowest| *lowest <= median).collect()
            }
        }
    }
}

/// The lowest loss; infinite where there is none, or one is not finite: a training that diverged.
pub fn lowest(losses: &[f64]) -> f64 {
    let worst = |a: f64, b: f64| if a.is_finite() && b.is_finite() { a.min(b) } else { f64::INFINITY };
    losses.iter().copied().reduce(worst).filter(|lowest| lowest.is_finite()).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALVING: StopRule = StopRule::Halving { first: 2, factor: 3, monitor: Monitor::ValidTotal };
    const MEDIAN: StopRule = StopRule::Median { first: 2, every: 3, monitor: Monitor::ValidTotal };

    #[test]
    fn rungs_end_before_the_last_epoch() {
        assert_eq!(HALVING.rungs(54).collect::<Vec<_>>(), [2, 6, 18]);
        assert_eq!(MEDIAN.rungs(11).collect::<Vec<_>>(), [2, 5, 8]);
        assert_eq!(HALVING.rungs(2).count(), 0);
        let large = StopRule::Halving { first: u64::MAX / 2, factor: 3, monitor: Monitor::ValidTotal };
        assert_eq!(large.rungs(u64::MAX).count(), 1);
    }

    #[test]
    fn the_best_third_goes_on_and_the_earlier_of_equals() {
        let losses: [&[f64]; 7] =
            [&[9.0, 5.0], &[9.0, 3.0], &[1.0, 8.0], &[9.0, 3.0], &[f64::NAN, 1.0], &[], &[4.0]];
        let kept: Vec<usize> = (0..7).filter(|at| HALVING.survivors(&losses)[*at]).collect();
        assert_eq!(kept, [1, 2]);
        assert_eq!(HALVING.survivors(&losses[3..5]), [true, false]);
        assert_eq!(HALVING.survivors(&[&[f64::INFINITY]]), [false]);
    }

    /// By hand: means so far 6, 4, 5 and 9, their median 5.5; lowest so far 4, 3, 5 and 8.
    #[test]
    fn those_worse_than_the_median_of_means_end() {
        let losses: [&[f64]; 4] = [&[8.0, 4.0], &[5.0, 3.0], &[5.0, 5.0], &[10.0, 8.0]];
        assert_eq!(MEDIAN.survivors(&losses), [true, true, true, false]);
        assert_eq!(MEDIAN.survivors(&[&[7.0, 6.0]]), [true], "alone");
        assert_eq!(MEDIAN.survivors(&[&[f64::NAN]]), [false]);
    }
}
