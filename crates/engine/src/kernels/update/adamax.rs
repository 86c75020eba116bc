//! Adamax.
#![allow(unsafe_code)]

use network::Adamax;

use super::{Range, Rule, get, least_mean, put, soft_threshold, soft_threshold_positive, splat, vectors};
use crate::simd::{Scalar, Simd};

impl Rule for Adamax {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let Range { len, rate, scale, gradient: g, parameters: p, slots: [m, u, _] } = range;
        let Self { beta_1, beta_2, epsilon } = self;
        // SAFETY: at + count ≤ len, the length of all of them.
        unsafe {
            let zero = S::splat(S::T::ZERO);
            let step = splat::<S>(rate.corrected);
            let (rest_1, beta_2) = (splat::<S>(1.0 - f64::from(beta_1)), splat::<S>(f64::from(beta_2)));
            // The largest gradient, too, is lost beside ε where it is below the least mean.
            let least = splat::<S>(least_mean(epsilon));
            let epsilon = splat::<S>(f64::from(epsilon));
            vectors!(S, len, |at, count| {
                let gradient = S::mul(scale, get::<S>(g.add(at), count));
                let old = get::<S>(m.add(at), count);
                let first = soft_threshold::<S>(S::fma(S::sub(gradient, old), rest_1, old), least);
                let size = S::max(S::sub(zero, gradient), gradient);
                let largest = S::max(S::mul(beta_2, get::<S>(u.add(at), count)), size);
                let largest = soft_threshold_positive::<S>(largest, least);
                let step = S::div(S::mul(step, first), S::add(largest, epsilon));
                put::<S>(m.add(at), first, count);
                put::<S>(u.add(at), largest, count);
                put::<S>(p.add(at), S::sub(get::<S>(p.add(at), count), step), count);
            });
        }
    }
}
