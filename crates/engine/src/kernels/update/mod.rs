//! The optimizers' update of one range of parameters, in one pass. A rule has a file here, as in `network`.
//!
//! Running means too small to move a parameter become 0. Else those of a unit that no longer learns would shrink to
//! subnormal numbers and stay there, with which some processors compute a hundred times as slowly.
#![allow(unsafe_code)]

mod adadelta;
mod adam;
mod adamax;
mod lion;
mod rmsprop;
mod sgd;

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};
use network::{Optimizer, StepRate};

/// The most buffers that an optimizer keeps.
pub(crate) const MOST_SLOTS: usize = 3;

/// parameters ← parameters − step(gradient, running means), with the means updated on the way.
pub(crate) struct Update<'a, T> {
    pub optimizer: Optimizer,
    pub rate: StepRate,
    /// Multiplies the gradient (norm clipping); 1 for none.
    pub scale: T,
    pub gradient: &'a [T],
    pub parameters: &'a mut [T],
    /// The same range of each buffer in the order of [`Optimizer::slots`]; those that it does not keep are empty.
    pub slots: [&'a mut [T]; MOST_SLOTS],
}

/// What a rule updates: `len` values each of gradient, parameters and the slots that it keeps.
struct Range<S: Simd> {
    len: usize,
    rate: StepRate,
    scale: S::V,
    gradient: *const S::T,
    parameters: *mut S::T,
    slots: [*mut S::T; MOST_SLOTS],
}

/// An update rule on vectors. Must be `#[inline(always)]`, as [`Kernel::run`].
trait Rule {
    /// # Safety
    /// S's features are on; nothing else uses the values of `range`, which has the slots of the rule.
    unsafe fn update<S: Simd>(self, range: Range<S>);
}

macro_rules! define {
    ($($rule:ident, $kind:literal;)*) => {
        /// # Safety
        /// As [`Rule::update`].
        #[inline(always)]
        unsafe fn update<S: Simd>(optimizer: Optimizer, range: Range<S>) {
            // SAFETY: the caller's promise.
            unsafe {
                match optimizer { $(Optimizer::$rule(rule) => rule.update(range),)* }
            }
        }
    };
}

network::optimizers!(define);

impl<T: Scalar> Kernel<T> for Update<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.parameters.len();
        let count = self.optimizer.slots().len();
        assert!(self.gradient.len() == n && self.slots[..count].iter().all(|slot| slot.len() == n));
        // SAFETY: the lengths were compared, and all but the gradient are borrowed for this alone.
        unsafe {
            let range = Range::<S> {
                len: n,
                rate: self.rate,
                scale: S::splat(self.scale),
                gradient: self.gradient.as_ptr(),
                parameters: self.parameters.as_mut_ptr(),
                slots: self.slots.map(|slot| slot.as_mut_ptr()),
            };
            update(self.optimizer, range);
        }
    }
}

#[inline(always)]
unsafe fn splat<S: Simd>(x: f64) -> S::V {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe { S::splat(S::T::from_f64(x)) }
}

/// 1 − learning rate · decay: what decoupled weight decay leaves of a parameter.
fn kept(rate: StepRate, weight_decay: f32) -> f64 {
    1.0 - rate.learning_rate * f64::from(weight_decay)
}

/// A mean of gradients, or a velocity, so near to 0 leaves every parameter of ordinary size as it is.
const NEGLIGIBLE_MEAN: f64 = 1e-30;

/// The same for a mean that is divided by at least about `epsilon`.
fn least_mean(epsilon: f32) -> f64 {
    NEGLIGIBLE_MEAN.min(f64::from(epsilon) * 1e-20)
}

/// A mean of squares so near to 0 is lost beside `epsilon` in f32, as are the root of it and of a thousand steps of it.
fn least_square(epsilon: f32) -> f64 {
    1e-36f64.min(f64::from(epsilon).powi(2) * 1e-20)
}

/// x, but `least` nearer to 0, or there; NaN stays.
#[inline(always)]
unsafe fn soft_threshold<S: Simd>(x: S::V, least: S::V) -> S::V {
    // SAFETY: no memory is touched; the caller runs with S's features.
    unsafe {
        let below = S::sub(S::splat(S::T::ZERO), least);
        S::sub(x, S::min(S::max(x, below), least))
    }
}

/// The same for what is never below 0.
#[inline(always)]
unsafe fn soft_threshold_positive<S: Simd>(x: S::V, least: S::V) -> S::V {
    // SAFETY: as `soft_threshold`.
    unsafe { S::max(S::splat(S::T::ZERO), S::sub(x, least)) }
}
