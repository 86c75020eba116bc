//! The optimizers' update of one range of parameters, in one pass.
//!
//! Running means too small to move a parameter become 0. Else those of a unit that no longer learns would shrink to
//! subnormal numbers and stay there, with which some processors compute a hundred times as slowly.
#![allow(unsafe_code)]

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

impl<T: Scalar> Kernel<T> for Update<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.parameters.len();
        let count = self.optimizer.slots().len();
        assert!(self.gradient.len() == n && self.slots[..count].iter().all(|slot| slot.len() == n));
        let slots = self.slots.map(|slot| slot.as_mut_ptr());
        let slot = |i: usize| slots[i];
        let (p, g) = (self.parameters.as_mut_ptr(), self.gradient.as_ptr());
        // SAFETY: at + count ≤ n, the length of gradient, parameters and slots.
        unsafe {
            let of = |x: f64| S::splat(T::from_f64(x));
            let of32 = |x: f32| S::splat(T::from_f64(f64::from(x)));
            let one = S::splat(T::ONE);
            let scale = S::splat(self.scale);
            let rate = of(self.rate.learning_rate);
            match self.optimizer {
                Optimizer::Adam { beta_1, beta_2, epsilon }
                | Optimizer::AdamW { beta_1, beta_2, epsilon, .. } => {
                    let keep = match self.optimizer {
                        Optimizer::AdamW { weight_decay, .. } => {
                            1.0 - self.rate.learning_rate * f64::from(weight_decay)
                        }
                        _ => 1.0,
                    };
                    let (keep, step) = (of(keep), of(self.rate.corrected));
                    let (rest_1, rest_2) = (of(1.0 - f64::from(beta_1)), of(1.0 - f64::from(beta_2)));
                    let (least, least_squared) = (of(least_mean(epsilon)), of(least_square(epsilon)));
                    let epsilon = of32(epsilon);
                    let (m, v) = (slot(0), slot(1));
                    vectors!(S, n, |at, count| {
                        let gradient = S::mul(scale, get::<S>(g.add(at), count));
                        let old = get::<S>(m.add(at), count);
                        let first = soft_threshold::<S>(S::fma(S::sub(gradient, old), rest_1, old), least);
                        let old = get::<S>(v.add(at), count);
                        let second = S::fma(S::sub(S::mul(gradient, gradient), old), rest_2, old);
                        let second = soft_threshold_square::<S>(second, least_squared);
                        let step = S::div(S::mul(step, first), S::add(S::sqrt(second), epsilon));
                        let value = S::sub(S::mul(keep, get::<S>(p.add(at), count)), step);
                        put::<S>(m.add(at), first, count);
                        put::<S>(v.add(at), second, count);
                        put::<S>(p.add(at), value, count);
                    });
                }
                Optimizer::Sgd { momentum: 0.0, .. } => {
                    vectors!(S, n, |at, count| {
                        let gradient = S::mul(scale, get::<S>(g.add(at), count));
                        let value = S::sub(get::<S>(p.add(at), count), S::mul(rate, gradient));
                        put::<S>(p.add(at), value, count);
                    });
                }
                Optimizer::Sgd { momentum, nesterov } => {
                    let (momentum, velocity) = (of32(momentum), slot(0));
                    vectors!(S, n, |at, count| {
                        let step = S::mul(rate, S::mul(scale, get::<S>(g.add(at), count)));
                        let new = S::sub(S::mul(momentum, get::<S>(velocity.add(at), count)), step);
                        let new = soft_threshold::<S>(new, of(NEGLIGIBLE_MEAN));
                        put::<S>(velocity.add(at), new, count);
                        let by = if nesterov { S::sub(S::mul(momentum, new), step) } else { new };
                        put::<S>(p.add(at), S::add(get::<S>(p.add(at), count), by), count);
                    });
                }
                Optimizer::RmsProp { rho, momentum, epsilon, centered } => {
                    let rest = of(1.0 - f64::from(rho));
                    let (least, least_squared) = (of(least_mean(epsilon)), of(least_square(epsilon)));
                    let (rho, epsilon) = (of32(rho), of32(epsilon));
                    let (with_momentum, momentum) = (momentum != 0.0, of32(momentum));
                    let second = slot(0);
                    let velocity = with_momentum.then(|| slot(1));
                    let mean = centered.then(|| slot(1 + usize::from(with_momentum)));
                    vectors!(S, n, |at, count| {
                        let gradient = S::mul(scale, get::<S>(g.add(at), count));
                        let square = S::mul(gradient, gradient);
                        let new = S::fma(rho, get::<S>(second.add(at), count), S::mul(rest, square));
                        let new = soft_threshold_square::<S>(new, least_squared);
                        put::<S>(second.add(at), new, count);
                        let mut spread = new;
                        if let Some(mean) = mean {
                            let new = S::fma(rho, get::<S>(mean.add(at), count), S::mul(rest, gradient));
                            let new = soft_threshold::<S>(new, least);
                            put::<S>(mean.add(at), new, count);
                            spread = S::sub(spread, S::mul(new, new));
                        }
                        let root = S::sqrt(S::add(spread, epsilon));
                        let mut step = S::div(S::mul(rate, gradient), root);
                        if let Some(velocity) = velocity {
                            step = S::fma(momentum, get::<S>(velocity.add(at), count), step);
                            step = soft_threshold::<S>(step, least);
                            put::<S>(velocity.add(at), step, count);
                        }
                        put::<S>(p.add(at), S::sub(get::<S>(p.add(at), count), step), count);
                    });
                }
                Optimizer::Adadelta { rho, epsilon } => {
                    let rest = S::sub(one, of32(rho));
                    let least_squared = of(least_square(epsilon));
                    let (rho, epsilon) = (of32(rho), of32(epsilon));
                    let (squared_gradient, squared_step) = (slot(0), slot(1));
                    vectors!(S, n, |at, count| {
                        let gradient = S::mul(scale, get::<S>(g.add(at), count));
                        let old = get::<S>(squared_gradient.add(at), count);
                        let new = S::fma(rho, old, S::mul(rest, S::mul(gradient, gradient)));
                        let new = soft_threshold_square::<S>(new, least_squared);
                        put::<S>(squared_gradient.add(at), new, count);
                        let old = get::<S>(squared_step.add(at), count);
                        let ratio = S::div(S::add(old, epsilon), S::add(new, epsilon));
                        let step = S::mul(S::sqrt(ratio), gradient);
                        let new = S::fma(rho, old, S::mul(rest, S::mul(step, step)));
                        let new = soft_threshold_square::<S>(new, least_squared);
                        put::<S>(squared_step.add(at), new, count);
                        let value = S::sub(get::<S>(p.add(at), count), S::mul(rate, step));
                        put::<S>(p.add(at), value, count);
                    });
                }
            }
        }
    }
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
unsafe fn soft_threshold_square<S: Simd>(x: S::V, least: S::V) -> S::V {
    // SAFETY: as `soft_threshold`.
    unsafe { S::max(S::splat(S::T::ZERO), S::sub(x, least)) }
}
