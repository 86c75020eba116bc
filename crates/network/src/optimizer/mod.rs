//! The update rules, with the formulas and defaults of Keras 3.
//!
//! A rule has a file here and a line in [`optimizers!`](crate::optimizers); whoever updates parameters has a file for
//! each, too, and goes through the same list.
//!
//! One thing is not Keras': running means are drawn to 0 by what moves no parameter (1e-30 for gradients, 1e-36 for
//! squares, less beside an ε below 1e-8), so that those of parameters that no longer learn become 0, not subnormal
//! numbers. Lion, which looks at a mean's sign alone, thereby stops to move a parameter whose gradient has been 0 for
//! thousands of steps.

mod adadelta;
mod adam;
mod adamax;
mod adamw;
mod lion;
mod registry;
mod rmsprop;
mod sgd;

pub use adadelta::Adadelta;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use lion::Lion;
pub use registry::Optimizer;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

/// (field, value, what is allowed) of a number out of range.
pub type Refusal = (&'static str, f32, &'static str);

/// What an update rule says of itself.
pub trait OptimizerRule: Sized {
    /// Its name in recipes.
    const KIND: &'static str;

    /// The names of the buffers it keeps, each of the parameters' length and order.
    fn slots(&self) -> &'static [&'static str];

    /// Checks every number.
    ///
    /// # Errors
    /// The first number out of range.
    fn check(&self) -> Result<(), Refusal>;

    /// The learning rate of step `step`, counted from 1, corrected for the zeros that running means began with.
    fn corrected(&self, learning_rate: f64, _step: u64) -> f64 {
        learning_rate
    }

    /// Rules of this kind that between them take every path: what the tests of whoever updates parameters go through.
    fn examples() -> Vec<Self>;
}

/// The learning rate of one step, as it is and as the rule corrects it.
#[derive(Clone, Copy, Debug)]
pub struct StepRate {
    /// As the schedule gives it.
    pub learning_rate: f64,
    /// Corrected for the zeros that the rule's means began with; the same where it does not do so.
    pub corrected: f64,
}

fn decay(field: &'static str, value: f32) -> Result<(), Refusal> {
    if (0.0..1.0).contains(&value) { Ok(()) } else { Err((field, value, "must be in [0, 1)")) }
}

fn positive(field: &'static str, value: f32) -> Result<(), Refusal> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err((field, value, "must be greater than 0")) }
}

/// 1 − β^t: what a running mean of decay β has seen after t steps.
fn seen(beta: f32, step: u64) -> f64 {
    1.0 - f64::from(beta).powf(step as f64)
}

fn d09() -> f32 {
    0.9
}
fn d0999() -> f32 {
    0.999
}
fn d1e7() -> f32 {
    1e-7
}
