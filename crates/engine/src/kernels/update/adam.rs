//! Adam, with and without decoupled weight decay.
#![allow(unsafe_code)]

use network::{Adam, AdamW};

use super::{
    Range, Rule, get, kept, least_mean, least_square, put, soft_threshold, soft_threshold_positive, splat,
    vectors,
};
use crate::simd::Simd;

impl Rule for Adam {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        // SAFETY: the caller's promise.
        unsafe { update(self, 1.0, range) };
    }
}

impl Rule for AdamW {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let keep = kept(range.rate, self.weight_decay);
        // SAFETY: the caller's promise.
        unsafe { update(self.adam(), keep, range) };
    }
}

/// Adam's step from the parameters times `keep`.
#[inline(always)]
unsafe fn update<S: Simd>(adam: Adam, keep: f64, range: Range<S>) {
    let Range { len, rate, scale, gradient: g, parameters: p, slots: [m, v, _] } = range;
    let Adam { beta_1, beta_2, epsilon } = adam;
    // SAFETY: at + count ≤ len, the length of all of them.
    unsafe {
        let (keep, step) = (splat::<S>(keep), splat::<S>(rate.corrected));
        let rest_1 = splat::<S>(1.0 - f64::from(beta_1));
        let rest_2 = splat::<S>(1.0 - f64::from(beta_2));
        let (least, least_squared) = (splat::<S>(least_mean(epsilon)), splat::<S>(least_square(epsilon)));
        let epsilon = splat::<S>(f64::from(epsilon));
        vectors!(S, len, |at, count| {
            let gradient = S::mul(scale, get::<S>(g.add(at), count));
            let old = get::<S>(m.add(at), count);
            let first = soft_threshold::<S>(S::fma(S::sub(gradient, old), rest_1, old), least);
            let old = get::<S>(v.add(at), count);
            let second = S::fma(S::sub(S::mul(gradient, gradient), old), rest_2, old);
            let second = soft_threshold_positive::<S>(second, least_squared);
            let step = S::div(S::mul(step, first), S::add(S::sqrt(second), epsilon));
            let value = S::sub(S::mul(keep, get::<S>(p.add(at), count)), step);
            put::<S>(m.add(at), first, count);
            put::<S>(v.add(at), second, count);
            put::<S>(p.add(at), value, count);
        });
    }
}
