//! `sgd`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, decay};

/// Gradient descent, with momentum (Polyak 1964) or Nesterov's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    /// 0 for none.
    #[serde(default)]
    pub momentum: f32,
    /// Looks ahead by one step of momentum.
    #[serde(default)]
    pub nesterov: bool,
}

impl OptimizerRule for Sgd {
    const KIND: &'static str = "sgd";

    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["velocity"] }
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("momentum", self.momentum)
    }

    fn examples() -> Vec<Self> {
        [(0.0, false), (0.9, false), (0.9, true)]
            .map(|(momentum, nesterov)| Self { momentum, nesterov })
            .to_vec()
    }
}
