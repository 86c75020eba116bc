//! Gradient descent.
#![allow(unsafe_code)]

use network::Sgd;

use super::{NEGLIGIBLE_MEAN, Range, Rule, get, put, soft_threshold, splat, vectors};
use crate::simd::Simd;

impl Rule for Sgd {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let Range { len, rate, scale, gradient: g, parameters: p, slots: [velocity, ..] } = range;
        let Self { momentum, nesterov } = self;
        // SAFETY: at + count ≤ len, the length of all of them; without momentum there is no slot.
        unsafe {
            let rate = splat::<S>(rate.learning_rate);
            if momentum == 0.0 {
                vectors!(S, len, |at, count| {
                    let gradient = S::mul(scale, get::<S>(g.add(at), count));
                    let value = S::sub(get::<S>(p.add(at), count), S::mul(rate, gradient));
                    put::<S>(p.add(at), value, count);
                });
                return;
            }
            let (momentum, least) = (splat::<S>(f64::from(momentum)), splat::<S>(NEGLIGIBLE_MEAN));
            vectors!(S, len, |at, count| {
                let step = S::mul(rate, S::mul(scale, get::<S>(g.add(at), count)));
                let new = S::sub(S::mul(momentum, get::<S>(velocity.add(at), count)), step);
                let new = soft_threshold::<S>(new, least);
                put::<S>(velocity.add(at), new, count);
                let by = if nesterov { S::sub(S::mul(momentum, new), step) } else { new };
                put::<S>(p.add(at), S::add(get::<S>(p.add(at), count), by), count);
            });
        }
    }
}
