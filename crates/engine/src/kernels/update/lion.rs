//! Lion.
#![allow(unsafe_code)]

use network::Lion;

use super::{NEGLIGIBLE_MEAN, Range, Rule, get, kept, put, soft_threshold, splat, vectors};
use crate::simd::{Scalar, Simd};

impl Rule for Lion {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let Range { len, rate, scale, gradient: g, parameters: p, slots: [m, ..] } = range;
        let Self { beta_1, beta_2, weight_decay } = self;
        // SAFETY: at + count ≤ len, the length of all of them.
        unsafe {
            let zero = S::splat(S::T::ZERO);
            let (keep, least) = (splat::<S>(kept(rate, weight_decay)), splat::<S>(NEGLIGIBLE_MEAN));
            let (up, down) = (splat::<S>(rate.learning_rate), splat::<S>(-rate.learning_rate));
            let mix = |beta: f32| (splat::<S>(f64::from(beta)), splat::<S>(1.0 - f64::from(beta)));
            let ((beta_1, rest_1), (beta_2, rest_2)) = (mix(beta_1), mix(beta_2));
            vectors!(S, len, |at, count| {
                let gradient = S::mul(scale, get::<S>(g.add(at), count));
                let old = get::<S>(m.add(at), count);
                let mixed = S::fma(beta_1, old, S::mul(rest_1, gradient));
                // The last is 0, or NaN, which stays.
                let step = S::select_gt(mixed, zero, up, S::select_gt(zero, mixed, down, mixed));
                let momentum = S::fma(beta_2, old, S::mul(rest_2, gradient));
                put::<S>(m.add(at), soft_threshold::<S>(momentum, least), count);
                put::<S>(p.add(at), S::sub(S::mul(keep, get::<S>(p.add(at), count)), step), count);
            });
        }
    }
}
