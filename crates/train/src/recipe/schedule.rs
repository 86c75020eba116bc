//! How the learning rate moves while training goes on.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// `optimizer.schedule`: a factor on the learning rate, a pure function of the step (except for
/// [`Decay::ReduceOnPlateau`], which looks at the validation).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What happens after the warm-up.
    #[serde(flatten)]
    pub decay: Decay,
    /// The rate rises linearly over this many epochs first (Goyal et al. 2017); the decay begins then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warmup_epochs: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// The shape of a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decay {
    /// Stays.
    Constant {},
    /// Half a cosine from 1 down to `end_factor` at the end of training (Loshchilov & Hutter 2017).
    Cosine {
        /// Factor at the end, in [0, 1].
        #[serde(default)]
        end_factor: f64,
        /// Epochs after which the factor is 1 again and falls anew, towards the next of them or the end of training
        /// (the same paper's warm restarts): how a training goes on after its rate has come down.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        restarts: Vec<u64>,
    },
    /// `factor` raised to the number of epochs; moves with every step.
    Exponential {
        /// Factor per epoch, in (0, 1].
        factor: f64,
    },
    /// Multiplied by `factor` after every `every_epochs` epochs.
    Step {
        /// Epochs between two drops, at least 1.
        every_epochs: u64,
        /// Factor of one drop, in (0, 1].
        factor: f64,
    },
    /// Multiplied by `factor` from the first step on that follows each of some epochs.
    Milestones {
        /// Epochs after which the rate changes, rising; those behind the end of training are never reached.
        epochs: Vec<u64>,
        /// Above 0.
        factor: MilestoneFactor,
    },
    /// Multiplied by `factor` once the validation total has not become better for `patience` epochs.
    ReduceOnPlateau {
        /// Factor of one drop, in (0, 1).
        #[serde(default = "tenth")]
        factor: f64,
        /// Epochs without improvement until the rate drops, at least 1.
        #[serde(default = "ten")]
        patience: u64,
        /// Only a decrease by more than this is an improvement.
        #[serde(default = "ten_thousandth")]
        min_delta: f64,
        /// The learning rate never drops below this.
        #[serde(default)]
        min_learning_rate: f64,
    },
}

/// What the learning rate is multiplied by at each milestone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, or a list of as many numbers as epochs")]
pub enum MilestoneFactor {
    /// The same at all.
    Same(f64),
    /// One for each.
    Each(Vec<f64>),
}

impl MilestoneFactor {
    fn of(&self, milestone: usize) -> f64 {
        match self {
            Self::Same(factor) => *factor,
            Self::Each(factors) => factors.get(milestone).copied().unwrap_or(1.0),
        }
    }
}

fn tenth() -> f64 {
    0.1
}

fn ten() -> u64 {
    10
}

fn ten_thousandth() -> f64 {
    1e-4
}

impl Default for Decay {
    fn default() -> Self {
        Self::Constant {}
    }
}

/// A number out of range: field within the schedule, value, what is allowed.
type Refusal = (&'static str, String, &'static str);

impl Schedule {
    /// What the learning rate is multiplied by in step `step` (from 0) of a training of `epochs` epochs.
    pub fn factor(&self, step: u64, steps_per_epoch: u64, epochs: u64) -> f64 {
        let warmup = self.warmup_epochs * steps_per_epoch as f64; // in steps
        if ((step + 1) as f64) < warmup {
            return (step + 1) as f64 / warmup;
        }
        let after = (step as f64 - warmup).max(0.0); // steps since the warm-up
        let epoch = after / steps_per_epoch as f64;
        match &self.decay {
            Decay::Constant {} | Decay::ReduceOnPlateau { .. } => 1.0,
            Decay::Cosine { end_factor, restarts } => {
                let end = |epochs: u64| (epochs * steps_per_epoch) as f64 - warmup; // in steps since the warm-up
                let is_over = |epochs: &&u64| end(**epochs) <= after;
                let from = restarts.iter().rev().find(is_over).map_or(0.0, |epochs| end(*epochs));
                let to = restarts
                    .iter()
                    .find(|epochs| !is_over(epochs))
                    .map_or(end(epochs), |epochs| end(*epochs));
                let part = ((after - from) / (to - from)).min(1.0);
                end_factor + (1.0 - end_factor) * 0.5 * (1.0 + (PI * part).cos())
            }
            Decay::Exponential { factor } => factor.powf(epoch),
            Decay::Step { every_epochs, factor } => factor.powf((epoch / *every_epochs as f64).floor()),
            Decay::Milestones { epochs, factor } => {
                let is_past = |epochs: &&u64| epochs.saturating_mul(steps_per_epoch) <= step;
                (0..epochs.iter().take_while(is_past).count()).map(|i| factor.of(i)).product()
            }
        }
    }

    /// Where the factor begins anew, of a schedule that depends on how many epochs there are: what it needs to go on
    /// beyond its end.
    pub(crate) fn restarts_mut(&mut self) -> Option<&mut Vec<u64>> {
        match &mut self.decay {
            Decay::Cosine { restarts, .. } => Some(restarts),
            _ => None,
        }
    }

    /// Checks every number, for a training of `epochs` epochs.
    pub(crate) fn check(&self, epochs: u64) -> Result<(), Refusal> {
        let within = |field, value: f64, allowed, fits: bool| {
            if fits && value.is_finite() { Ok(()) } else { Err((field, value.to_string(), allowed)) }
        };
        let rise = |field, epochs: &[u64], end: f64, allowed| {
            let mut last = self.warmup_epochs;
            epochs.iter().map(|epoch| *epoch as f64).try_for_each(|epoch| {
                let fits = epoch > last && epoch < end;
                last = epoch;
                within(field, epoch, allowed, fits)
            })
        };
        let drop = |factor: f64| within("factor", factor, "must be in (0, 1]", factor > 0.0 && factor <= 1.0);
        let warmup = self.warmup_epochs;
        let fits = warmup >= 0.0 && warmup < epochs as f64;
        within("warmup_epochs", warmup, "must be at least 0 and less than training.epochs", fits)?;
        match self.decay {
            Decay::Constant {} => Ok(()),
            Decay::Cosine { end_factor: end, ref restarts } => {
                within("end_factor", end, "must be in [0, 1]", (0.0..=1.0).contains(&end))?;
                let allowed = "must rise, behind the warm-up and before the end of training.epochs";
                rise("restarts", restarts, epochs as f64, allowed)
            }
            Decay::Exponential { factor } => drop(factor),
            Decay::Step { every_epochs, factor } => {
                let every = every_epochs as f64;
                within("every_epochs", every, "must be at least 1", every >= 1.0)?;
                drop(factor)
            }
            Decay::Milestones { epochs: ref milestones, ref factor } => {
                if milestones.is_empty() {
                    return Err(("epochs", "[]".to_owned(), "must name at least one epoch"));
                }
                rise("epochs", milestones, f64::INFINITY, "must rise, behind the warm-up")?;
                if let MilestoneFactor::Each(factors) = factor
                    && factors.len() != milestones.len()
                {
                    let allowed = "must be one number, or one for each of epochs";
                    return Err(("factor", format!("{factors:?}"), allowed));
                }
                (0..milestones.len())
                    .map(|i| factor.of(i))
                    .try_for_each(|factor| within("factor", factor, "must be greater than 0", factor > 0.0))
            }
            Decay::ReduceOnPlateau { factor, patience, min_delta, min_learning_rate: least } => {
                within("factor", factor, "must be in (0, 1)", factor > 0.0 && factor < 1.0)?;
                within("patience", patience as f64, "must be at least 1", patience >= 1)?;
                within("min_delta", min_delta, "must be at least 0", min_delta >= 0.0)?;
                within("min_learning_rate", least, "must be at least 0", least >= 0.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(schedule: Schedule, epochs: u64) -> Vec<f64> {
        (0..epochs * 2).map(|step| schedule.factor(step, 2, epochs)).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close && found.len() == expected.len(), "{found:?}\n{expected:?}");
    }

    fn falling(end_factor: f64) -> Decay {
        Decay::Cosine { end_factor, restarts: Vec::new() }
    }

    #[test]
    fn factors_are_those_computed_by_hand() {
        let plain = |decay| Schedule { decay, warmup_epochs: 0.0 };
        let half = 0.5_f64.sqrt();
        assert_close(&factors(plain(Decay::Constant {}), 2), &[1.0; 4]);
        assert_close(&factors(plain(Decay::Exponential { factor: 0.5 }), 2), &[1.0, half, 0.5, half / 2.0]);
        let step = Decay::Step { every_epochs: 2, factor: 0.1 };
        assert_close(&factors(plain(step), 5), &[1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01]);
        // ½ (1 + cos(π s / 4)), s = 0 … 3
        let cosine = [1.0, 0.5 + half / 2.0, 0.5, 0.5 - half / 2.0];
        assert_close(&factors(plain(falling(0.0)), 2), &cosine);
        let raised = cosine.map(|factor| 0.2 + 0.8 * factor);
        assert_close(&factors(plain(falling(0.2)), 2), &raised);
        assert_close(&factors(plain(Decay::default()), 1), &[1.0; 2]);
    }

    #[test]
    fn milestones_multiply_from_the_first_step_behind_them() {
        let schedule = |factor, warmup_epochs| Schedule {
            decay: Decay::Milestones { epochs: vec![1, 3, 9], factor },
            warmup_epochs,
        };
        let same = factors(schedule(MilestoneFactor::Same(0.5), 0.0), 4);
        assert_close(&same, &[1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
        let each = factors(schedule(MilestoneFactor::Each(vec![0.1, 3.0, 0.5]), 0.0), 4);
        assert_close(&each, &[1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.3, 0.3]);
        // Milestones are epochs of the training, not of what follows the warm-up.
        let warm = factors(schedule(MilestoneFactor::Same(0.5), 0.9), 4);
        assert_close(&warm, &[1.0 / 1.8, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    }

    #[test]
    fn the_decay_begins_after_the_warm_up() {
        let warm = |decay, warmup_epochs| Schedule { decay, warmup_epochs };
        assert_close(&factors(warm(Decay::Constant {}, 2.0), 3), &[0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
        let cosine = factors(warm(falling(0.0), 1.0), 2);
        assert_close(&cosine, &[0.5, 1.0, 1.0, 0.5]);
        let exponential = factors(warm(Decay::Exponential { factor: 0.25 }, 1.0), 2);
        assert_close(&exponential, &[0.5, 1.0, 1.0, 0.5]);
    }

    #[test]
    fn a_restart_changes_nothing_before_it_and_falls_anew() {
        let plain =
            |restarts| Schedule { decay: Decay::Cosine { end_factor: 0.1, restarts }, warmup_epochs: 0.5 };
        let (short, whole) = (factors(plain(vec![]), 2), factors(plain(vec![2, 3]), 5));
        assert_eq!(whole[..4], short);
        // ½ (1 + cos(π s / 2)) of one epoch, then ½ (1 + cos(π s / 4)) of two
        let lift = |factor: f64| 0.1 + 0.9 * factor;
        let half = 0.5_f64.sqrt();
        let cosine = [1.0, 0.5, 1.0, 0.5 + half / 2.0, 0.5, 0.5 - half / 2.0].map(lift);
        assert_close(&whole[4..], &cosine);
    }

    #[test]
    fn restarts_lie_within_the_training_and_rise() {
        let check = |restarts, epochs| {
            let decay = Decay::Cosine { end_factor: 0.0, restarts };
            Schedule { decay, warmup_epochs: 1.0 }.check(epochs).is_ok()
        };
        assert!(check(vec![2, 4], 5));
        for (restarts, epochs) in [(vec![1], 5), (vec![5], 5), (vec![3, 3], 5), (vec![4, 2], 5)] {
            assert!(!check(restarts.clone(), epochs), "{restarts:?}");
        }
    }
}
