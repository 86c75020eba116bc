//! `adam`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, d1e7, d09, d0999, decay, positive, seen};

/// Kingma & Ba 2015, with Keras' bias correction in the step size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam {
    /// Decay of the first moment.
    #[serde(default = "d09")]
    pub beta_1: f32,
    /// Decay of the second moment.
    #[serde(default = "d0999")]
    pub beta_2: f32,
    /// Added to the root of the second moment.
    #[serde(default = "d1e7")]
    pub epsilon: f32,
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta_1: d09(), beta_2: d0999(), epsilon: d1e7() }
    }
}

impl OptimizerRule for Adam {
    const KIND: &'static str = "adam";

    fn slots(&self) -> &'static [&'static str] {
        &["first_moment", "second_moment"]
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn corrected(&self, learning_rate: f64, step: u64) -> f64 {
        learning_rate * seen(self.beta_2, step).sqrt() / seen(self.beta_1, step)
    }

    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}
