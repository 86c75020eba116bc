//! `lion`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, d09, decay};

/// Chen et al. 2023: every parameter moves by the whole rate, against the sign of the momentum that the gradient is
/// mixed into. Its authors take a third to a tenth of Adam's rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lion {
    /// Part of the momentum in what the sign is taken of.
    #[serde(default = "d09")]
    pub beta_1: f32,
    /// Decay of the momentum.
    #[serde(default = "d099")]
    pub beta_2: f32,
    /// Every step takes `learning_rate · weight_decay` of each parameter away; 0 for none.
    #[serde(default)]
    pub weight_decay: f32,
}

fn d099() -> f32 {
    0.99
}

impl OptimizerRule for Lion {
    const KIND: &'static str = "lion";

    fn slots(&self) -> &'static [&'static str] {
        &["momentum"]
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        decay("weight_decay", self.weight_decay)
    }

    fn examples() -> Vec<Self> {
        [0.0, 0.04].map(|weight_decay| Self { beta_1: d09(), beta_2: d099(), weight_decay }).to_vec()
    }
}
