//! The moving average of the weights.

use crate::recipe::WeightAverage;

/// An exponential moving average of a training's parameters, in their layout.
#[derive(Clone)]
pub(super) struct Average {
    rule: WeightAverage,
    /// What it is now.
    pub values: Vec<f32>,
}

impl Average {
    /// One that has seen nothing but the first weights.
    pub fn new(rule: WeightAverage, first: Vec<f32>) -> Self {
        Self { rule, values: first }
    }

    /// Takes the parameters after step `step`, counted from 1, into it.
    pub fn add(&mut self, step: u64, parameters: &[f32]) {
        let t = step as f64;
        let rest = 1.0 - self.rule.decay.min((1.0 + t) / (10.0 + t));
        for (average, parameter) in self.values.iter_mut().zip(parameters) {
            *average += rest as f32 * (parameter - *average);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_the_weighted_sum_of_all_it_has_seen() {
        let seen = |t: u64| [(t as f64 * 0.7).sin(), 100.0 / t as f64, 0.25];
        for decay in [0.0, 0.5, 0.95, 0.9999] {
            let mut average = Average::new(WeightAverage { decay }, vec![3.0, -1.0, 0.25]);
            (1..=300).for_each(|t| average.add(t, &seen(t).map(|value| value as f32)));
            // Backwards: each step's own part, times what the later ones left of it.
            let (mut expected, mut left) = ([0.0; 3], 1.0);
            for t in (1..=300).rev() {
                let kept = f64::min(decay, (t + 1) as f64 / (t + 10) as f64);
                expected.iter_mut().zip(seen(t)).for_each(|(sum, value)| *sum += left * (1.0 - kept) * value);
                left *= kept;
            }
            expected.iter_mut().zip([3.0, -1.0, 0.25]).for_each(|(sum, first)| *sum += left * first);
            for (found, expected) in average.values.iter().zip(expected) {
                let error = (f64::from(*found) - expected).abs();
                // A few hundred roundings, each of a part in 2^24.
                assert!(
                    error < 300.0 * 2f64.powi(-24) * expected.abs().max(1.0),
                    "{decay}: {found} {expected}"
                );
            }
        }
    }
}
