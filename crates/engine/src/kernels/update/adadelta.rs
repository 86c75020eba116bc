//! Adadelta.
#![allow(unsafe_code)]

use network::Adadelta;

use super::{Range, Rule, get, least_square, put, soft_threshold_positive, splat, vectors};
use crate::simd::{Scalar, Simd};

impl Rule for Adadelta {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let Range { len, rate, scale, gradient: g, parameters: p, slots } = range;
        let Self { rho, epsilon } = self;
        // SAFETY: at + count ≤ len, the length of all of them.
        unsafe {
            let rate = splat::<S>(rate.learning_rate);
            let least_squared = splat::<S>(least_square(epsilon));
            let (rho, epsilon) = (splat::<S>(f64::from(rho)), splat::<S>(f64::from(epsilon)));
            let rest = S::sub(S::splat(S::T::ONE), rho);
            let [squared_gradient, squared_step, _] = slots;
            vectors!(S, len, |at, count| {
                let gradient = S::mul(scale, get::<S>(g.add(at), count));
                let old = get::<S>(squared_gradient.add(at), count);
                let new = S::fma(rho, old, S::mul(rest, S::mul(gradient, gradient)));
                let new = soft_threshold_positive::<S>(new, least_squared);
                put::<S>(squared_gradient.add(at), new, count);
                let old = get::<S>(squared_step.add(at), count);
                let ratio = S::div(S::add(old, epsilon), S::add(new, epsilon));
                let step = S::mul(S::sqrt(ratio), gradient);
                let new = S::fma(rho, old, S::mul(rest, S::mul(step, step)));
                let new = soft_threshold_positive::<S>(new, least_squared);
                put::<S>(squared_step.add(at), new, count);
                let value = S::sub(get::<S>(p.add(at), count), S::mul(rate, step));
                put::<S>(p.add(at), value, count);
            });
        }
    }
}
