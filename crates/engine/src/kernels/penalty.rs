//! Penalties on a code that are sums over its numbers, and their gradients.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};

/// A function f of one number, 0 at 0, and its slope.
pub(crate) trait Penalty {
    /// f(z)
    ///
    /// # Safety
    /// S's features are on.
    unsafe fn value<S: Simd>(z: S::V) -> S::V;

    /// w f'(z)
    ///
    /// # Safety
    /// S's features are on.
    unsafe fn slope<S: Simd>(z: S::V, weight: S::V) -> S::V;
}

/// |z|, with slope 0 at 0.
pub(crate) struct Magnitude;

impl Penalty for Magnitude {
    #[inline(always)]
    unsafe fn value<S: Simd>(z: S::V) -> S::V {
        // SAFETY: no memory is touched; the caller runs with S's features.
        unsafe { S::max(S::sub(S::splat(S::T::ZERO), z), z) }
    }

    #[inline(always)]
    unsafe fn slope<S: Simd>(z: S::V, weight: S::V) -> S::V {
        // SAFETY: no memory is touched; the caller runs with S's features.
        unsafe {
            let zero = S::splat(S::T::ZERO);
            S::select_gt(z, zero, weight, S::select_gt(zero, z, S::sub(zero, weight), zero))
        }
    }
}

/// ½ z²
pub(crate) struct HalfSquare;

impl Penalty for HalfSquare {
    #[inline(always)]
    unsafe fn value<S: Simd>(z: S::V) -> S::V {
        // SAFETY: no memory is touched; the caller runs with S's features.
        unsafe { S::mul(S::splat(S::T::from_f64(0.5)), S::mul(z, z)) }
    }

    #[inline(always)]
    unsafe fn slope<S: Simd>(z: S::V, weight: S::V) -> S::V {
        // SAFETY: no memory is touched; the caller runs with S's features.
        unsafe { S::mul(weight, z) }
    }
}

/// Σ f over a code, and its gradient w f' added to `gradient`.
pub(crate) struct PenaltySum<'a, T, P> {
    pub penalty: PhantomData<P>,
    pub code: &'a [T],
    pub gradient: Option<&'a mut [T]>,
    /// w
    pub weight: T,
}

impl<T: Scalar, P: Penalty> Kernel<T> for PenaltySum<'_, T, P> {
    type Output = f64;

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) -> f64 {
        let c = self.code.as_ptr();
        let g = self.gradient.map(|gradient| {
            assert_eq!(gradient.len(), self.code.len());
            gradient.as_mut_ptr()
        });
        // SAFETY: at + count ≤ the length of both.
        unsafe {
            let weight = S::splat(self.weight);
            let mut sum = S::splat(T::ZERO);
            vectors!(S, self.code.len(), |at, count| {
                // Lanes behind the end hold 0.
                let z = get::<S>(c.add(at), count);
                sum = S::add(sum, P::value::<S>(z));
                if let Some(g) = g {
                    put::<S>(g.add(at), S::add(get::<S>(g.add(at), count), P::slope::<S>(z, weight)), count);
                }
            });
            S::sum(sum).to_f64()
        }
    }
}
