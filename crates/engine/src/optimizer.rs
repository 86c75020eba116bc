//! Optimizers, with the formulas and defaults of Keras 3.
//!
//! But for one thing: running means are drawn to 0 by what moves no parameter (1e-30 for gradients, 1e-36 for squares, less
//! beside an ε below 1e-8), so that those of parameters that no longer learn become 0, not subnormal numbers.

use serde::{Deserialize, Serialize};

use crate::kernels::update::Update;
use crate::shared::Shared;
use crate::simd::{Isa, Real};

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
}

/// An optimizer with its buffers: flat, in the parameters' layout.
pub struct OptimizerState<T: Real = f32> {
    optimizer: Optimizer,
    slots: Vec<Shared<T>>,
    steps: u64,
}

impl<T: Real> OptimizerState<T> {
    /// Fresh buffers for `parameters` parameters.
    pub fn new(optimizer: Optimizer, parameters: usize) -> Self {
        let slots = optimizer.slots().iter().map(|_| Shared::new(parameters)).collect();
        Self { optimizer, slots, steps: 0 }
    }

    /// The update rule.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
    }

    /// Updates so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The buffers by name.
    pub fn slots(&self) -> impl Iterator<Item = (&'static str, &[T])> {
        self.optimizer.slots().iter().copied().zip(self.slots.iter().map(Shared::get))
    }

    /// Puts saved state back. Returns whether the buffers' names and lengths were those of this optimizer.
    #[must_use]
    pub fn restore(&mut self, steps: u64, saved: &[(&str, &[T])]) -> bool {
        let names = self.optimizer.slots();
        let fits = saved.len() == names.len()
            && std::iter::zip(saved, names).all(|((name, _), own)| name == own)
            && std::iter::zip(saved, &self.slots).all(|((_, values), slot)| values.len() == slot.len());
        if fits {
            self.steps = steps;
            for (slot, (_, values)) in std::iter::zip(&mut self.slots, saved) {
                slot.get_mut().copy_from_slice(values);
            }
        }
        fits
    }

    /// Counts one more step and gives what its updates share.
    pub(crate) fn begin_step(&mut self, learning_rate: f64) -> StepRate {
        self.steps += 1;
        let t = self.steps as f64;
        let corrected = match self.optimizer {
            Optimizer::Adam { beta_1, beta_2, .. } | Optimizer::AdamW { beta_1, beta_2, .. } => {
                learning_rate * (1.0 - f64::from(beta_2).powf(t)).sqrt() / (1.0 - f64::from(beta_1).powf(t))
            }
            _ => learning_rate,
        };
        StepRate { learning_rate, corrected }
    }

    /// Addresses of a range of each slot, to be read soon.
    pub(crate) fn upcoming(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = *const T> {
        self.slots.iter().map(move |slot| slot.pointer(range.clone()).cast_const())
    }

    /// Updates the parameters of `range` from their gradient, which `scale` multiplies first.
    ///
    /// The caller makes sure that no other thread works on `range`.
    pub(crate) fn update(
        &self,
        isa: Isa,
        rate: StepRate,
        range: std::ops::Range<usize>,
        scale: T,
        gradient: &[T],
        parameters: &mut [T],
    ) {
        let kernel = Update {
            optimizer: self.optimizer,
            rate,
            scale,
            gradient,
            parameters,
            slots: &self.slots,
            range,
        };
        T::dispatch(isa, kernel);
    }
}

/// The learning rate of one step, and Adam's bias-corrected one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepRate {
    pub learning_rate: f64,
    pub corrected: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The means of what no longer learns become 0, not subnormal numbers; a NaN stays.
    #[test]
    fn running_means_end_at_zero() {
        const N: usize = 21;
        let optimizers = [
            Optimizer::default(),
            Optimizer::AdamW { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.004 },
            Optimizer::Sgd { momentum: 0.9, nesterov: true },
            Optimizer::RmsProp { rho: 0.9, momentum: 0.9, epsilon: 1e-7, centered: true },
            Optimizer::Adadelta { rho: 0.95, epsilon: 1e-7 },
        ];
        for (isa, optimizer) in Isa::available().into_iter().flat_map(|isa| optimizers.map(|o| (isa, o))) {
            let mut state = OptimizerState::<f32>::new(optimizer, N);
            let mut parameters = [1.0f32; N];
            for step in 0..100_000 {
                let mut gradient = [if step == 0 { 0.5 } else { 0.0 }; N];
                (gradient[0], gradient[N - 1]) = (f32::NAN, f32::NAN);
                let rate = state.begin_step(1e-3);
                state.update(isa, rate, 0..N, 1.0, &gradient, &mut parameters);
            }
            for (name, values) in state.slots() {
                assert!(
                    values[1..N - 1].iter().all(|v| *v == 0.0),
                    "{} {name} on {isa}: {values:?}",
                    optimizer.name()
                );
                assert!(values[0].is_nan() && values[N - 1].is_nan(), "{} {name} on {isa}", optimizer.name());
            }
        }
    }
}
