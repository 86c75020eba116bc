//! `adamw`

use serde::{Deserialize, Serialize};

use super::{Adam, OptimizerRule, Refusal, d1e7, d09, d0999, decay};

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
    /// Decay of the first moment.
    #[serde(default = "d09")]
    pub beta_1: f32,
    /// Decay of the second moment.
    #[serde(default = "d0999")]
    pub beta_2: f32,
    /// Added to the root of the second moment.
    #[serde(default = "d1e7")]
    pub epsilon: f32,
    /// Every step takes `learning_rate · weight_decay` of each parameter away.
    #[serde(default = "d0004")]
    pub weight_decay: f32,
}

fn d0004() -> f32 {
    0.004
}

impl AdamW {
    /// The rule without the weight decay.
    pub fn adam(&self) -> Adam {
        let Self { beta_1, beta_2, epsilon, weight_decay: _ } = *self;
        Adam { beta_1, beta_2, epsilon }
    }
}

impl OptimizerRule for AdamW {
    const KIND: &'static str = "adamw";

    fn slots(&self) -> &'static [&'static str] {
        &["first_moment", "second_moment"]
    }

    fn check(&self) -> Result<(), Refusal> {
        self.adam().check()?;
        decay("weight_decay", self.weight_decay)
    }

    fn corrected(&self, learning_rate: f64, step: u64) -> f64 {
        self.adam().corrected(learning_rate, step)
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.004 }]
    }
}
