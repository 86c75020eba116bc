//! `adadelta`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, d1e7, decay, positive};

/// Zeiler 2012.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adadelta {
    /// Decay of both averages.
    #[serde(default = "d095")]
    pub rho: f32,
    /// Added to both averages.
    #[serde(default = "d1e7")]
    pub epsilon: f32,
}

fn d095() -> f32 {
    0.95
}

impl OptimizerRule for Adadelta {
    const KIND: &'static str = "adadelta";

    fn slots(&self) -> &'static [&'static str] {
        &["squared_gradient", "squared_step"]
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("rho", self.rho)?;
        positive("epsilon", self.epsilon)
    }

    fn examples() -> Vec<Self> {
        vec![Self { rho: d095(), epsilon: d1e7() }]
    }
}
