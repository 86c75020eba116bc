//! `rmsprop`

use serde::{Deserialize, Serialize};

use super::{OptimizerRule, Refusal, d1e7, d09, decay, positive};

/// Tieleman & Hinton 2012; ε inside the root, as in Keras.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsProp {
    /// Decay of the squared gradients.
    #[serde(default = "d09")]
    pub rho: f32,
    /// 0 for none.
    #[serde(default)]
    pub momentum: f32,
    /// Added to the second moment.
    #[serde(default = "d1e7")]
    pub epsilon: f32,
    /// Divides by the variance instead of the second moment.
    #[serde(default)]
    pub centered: bool,
}

impl OptimizerRule for RmsProp {
    const KIND: &'static str = "rmsprop";

    fn slots(&self) -> &'static [&'static str] {
        match (self.momentum != 0.0, self.centered) {
            (false, false) => &["second_moment"],
            (true, false) => &["second_moment", "velocity"],
            (false, true) => &["second_moment", "mean_gradient"],
            (true, true) => &["second_moment", "velocity", "mean_gradient"],
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        decay("rho", self.rho)?;
        decay("momentum", self.momentum)?;
        positive("epsilon", self.epsilon)
    }

    fn examples() -> Vec<Self> {
        [(0.0, false), (0.9, false), (0.0, true), (0.9, true)]
            .map(|(momentum, centered)| Self { rho: d09(), momentum, epsilon: d1e7(), centered })
            .to_vec()
    }
}
