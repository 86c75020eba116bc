//! The update rules, with the formulas and defaults of Keras 3.
//!
//! But for one thing: running means are drawn to 0 by what moves no parameter (1e-30 for gradients, 1e-36 for squares, less
//! beside an ε below 1e-8), so that those of parameters that no longer learn become 0, not subnormal numbers.

use serde::{Deserialize, Serialize};

/// The update rule. The learning rate comes with every step, so that a schedule can move it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Kingma & Ba 2015, with Keras' bias correction in the step size.
    Adam {
        /// Decay of the first moment.
        #[serde(default = "d09")]
        beta_1: f32,
        /// Decay of the second moment.
        #[serde(default = "d0999")]
        beta_2: f32,
        /// Added to the root of the second moment.
        #[serde(default = "d1e7")]
        epsilon: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay of the first moment.
        #[serde(default = "d09")]
        beta_1: f32,
        /// Decay of the second moment.
        #[serde(default = "d0999")]
        beta_2: f32,
        /// Added to the root of the second moment.
        #[serde(default = "d1e7")]
        epsilon: f32,
        /// Every step takes `learning_rate · weight_decay` of each parameter away.
        #[serde(default = "d0004")]
        weight_decay: f32,
    },
    /// Gradient descent, with momentum (Polyak 1964) or Nesterov's.
    Sgd {
        /// 0 for none.
        #[serde(default)]
        momentum: f32,
        /// Looks ahead by one step of momentum.
        #[serde(default)]
        nesterov: bool,
    },
    /// Tieleman & Hinton 2012; ε inside the root, as in Keras.
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// Decay of the squared gradients.
        #[serde(default = "d09")]
        rho: f32,
        /// 0 for none.
        #[serde(default)]
        momentum: f32,
        /// Added to the second moment.
        #[serde(default = "d1e7")]
        epsilon: f32,
        /// Divides by the variance instead of the second moment.
        #[serde(default)]
        centered: bool,
    },
    /// Zeiler 2012.
    Adadelta {
        /// Decay of both averages.
        #[serde(default = "d095")]
        rho: f32,
        /// Added to both averages.
        #[serde(default = "d1e7")]
        epsilon: f32,
    },
}

fn d09() -> f32 {
    0.9
}
fn d095() -> f32 {
    0.95
}
fn d0999() -> f32 {
    0.999
}
fn d1e7() -> f32 {
    1e-7
}
fn d0004() -> f32 {
    0.004
}

impl Default for Optimizer {
    fn default() -> Self {
        Optimizer::Adam { beta_1: d09(), beta_2: d0999(), epsilon: d1e7() }
    }
}

impl Optimizer {
    /// The name used in recipes.
    pub fn name(&self) -> &'static str {
        match self {
            Optimizer::Adam { .. } => "adam",
            Optimizer::AdamW { .. } => "adamw",
            Optimizer::Sgd { .. } => "sgd",
            Optimizer::RmsProp { .. } => "rmsprop",
            Optimizer::Adadelta { .. } => "adadelta",
        }
    }

    /// The names of the buffers it keeps, each of the parameters' length and order.
    pub fn slots(&self) -> &'static [&'static str] {
        match self {
            Optimizer::Adam { .. } | Optimizer::AdamW { .. } => &["first_moment", "second_moment"],
            Optimizer::Sgd { momentum, .. } if *momentum == 0.0 => &[],
            Optimizer::Sgd { .. } => &["velocity"],
            Optimizer::RmsProp { momentum, centered, .. } => match (*momentum != 0.0, centered) {
                (false, false) => &["second_moment"],
                (true, false) => &["second_moment", "velocity"],
                (false, true) => &["second_moment", "mean_gradient"],
                (true, true) => &["second_moment", "velocity", "mean_gradient"],
            },
            Optimizer::Adadelta { .. } => &["squared_gradient", "squared_step"],
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// (field, value, what is allowed) of the first number out of range.
    pub fn check(&self) -> Result<(), (&'static str, f32, &'static str)> {
        let decay = |field, value: f32| {
            if (0.0..1.0).contains(&value) { Ok(()) } else { Err((field, value, "must be in [0, 1)")) }
        };
        let positive = |field, value: f32| {
            if value > 0.0 && value.is_finite() {
                Ok(())
            } else {
                Err((field, value, "must be greater than 0"))
            }
        };
        match *self {
            Optimizer::Adam { beta_1, beta_2, epsilon } => {
                decay("beta_1", beta_1)?;
                decay("beta_2", beta_2)?;
                positive("epsilon", epsilon)
            }
            Optimizer::AdamW { beta_1, beta_2, epsilon, weight_decay } => {
                decay("beta_1", beta_1)?;
                decay("beta_2", beta_2)?;
                positive("epsilon", epsilon)?;
                decay("weight_decay", weight_decay)
            }
            Optimizer::Sgd { momentum, .. } => decay("momentum", momentum),
            Optimizer::RmsProp { rho, momentum, epsilon, .. } => {
                decay("rho", rho)?;
                decay("momentum", momentum)?;
                positive("epsilon", epsilon)
            }
            Optimizer::Adadelta { rho, epsilon } => {
                decay("rho", rho)?;
                positive("epsilon", epsilon)
            }
        }
    }

    /// What all updates of step `step`, counted from 1, share.
    pub fn rate(&self, learning_rate: f64, step: u64) -> StepRate {
        let t = step as f64;
        let corrected = match *self {
            Optimizer::Adam { beta_1, beta_2, .. } | Optimizer::AdamW { beta_1, beta_2, .. } => {
                learning_rate * (1.0 - f64::from(beta_2).powf(t)).sqrt() / (1.0 - f64::from(beta_1).powf(t))
            }
            _ => learning_rate,
        };
        StepRate { learning_rate, corrected }
    }
}

/// The learning rate of one step, and Adam's bias-corrected one.
#[derive(Clone, Copy, Debug)]
pub struct StepRate {
    /// As the schedule gives it.
    pub learning_rate: f64,
    /// Adam's, corrected for the zeros that its means began with; else the same.
    pub corrected: f64,
}
