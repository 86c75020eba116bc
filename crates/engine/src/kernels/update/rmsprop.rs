//! RMSprop.
#![allow(unsafe_code)]

use network::RmsProp;

use super::{
    Range, Rule, get, least_mean, least_square, put, soft_threshold, soft_threshold_positive, splat, vectors,
};
use crate::simd::Simd;

impl Rule for RmsProp {
    #[inline(always)]
    unsafe fn update<S: Simd>(self, range: Range<S>) {
        let Range { len, rate, scale, gradient: g, parameters: p, slots } = range;
        let Self { rho, momentum, epsilon, centered } = self;
        // SAFETY: at + count ≤ len, the length of all of them; the slots are those that the settings ask for.
        unsafe {
            let rate = splat::<S>(rate.learning_rate);
            let rest = splat::<S>(1.0 - f64::from(rho));
            let (least, least_squared) = (splat::<S>(least_mean(epsilon)), splat::<S>(least_square(epsilon)));
            let (rho, epsilon) = (splat::<S>(f64::from(rho)), splat::<S>(f64::from(epsilon)));
            let (with_momentum, momentum) = (momentum != 0.0, splat::<S>(f64::from(momentum)));
            let second = slots[0];
            let velocity = with_momentum.then(|| slots[1]);
            let mean = centered.then(|| slots[1 + usize::from(with_momentum)]);
            vectors!(S, len, |at, count| {
                let gradient = S::mul(scale, get::<S>(g.add(at), count));
                let square = S::mul(gradient, gradient);
                let new = S::fma(rho, get::<S>(second.add(at), count), S::mul(rest, square));
                let new = soft_threshold_positive::<S>(new, least_squared);
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
    }
}
