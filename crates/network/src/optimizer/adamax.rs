//! `adamax`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, d1e7, d09, d0999, decay, positive, seen};

/// Adam by the infinity norm (Kingma & Ba 2015, section 7.1): u ← max(β₂ u, |g|) is divided by instead of the root of the
/// second moment, and needs no bias correction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adamax {
    /// Decay of the first moment.
    #[serde(default = "d09")]
    pub beta_1: f32,
    /// Decay of the largest gradient.
    #[serde(default = "d0999")]
    pub beta_2: f32,
    /// Added to the largest gradient.
    #[serde(default = "d1e7")]
    pub epsilon: f32,
}

impl OptimizerRule for Adamax {
    const KIND: &'static str = "adamax";

    fn slots(&self) -> &'static [&'static str] {
        &["first_moment", "largest_gradient"]
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn corrected(&self, learning_rate: f64, step: u64) -> f64 {
        learning_rate / seen(self.beta_1, step)
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta_1: d09(), beta_2: d0999(), epsilon: d1e7() }]
    }
}
