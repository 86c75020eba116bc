//! Softmax of rows, and its gradient.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd, math};

/// Each row of `n` values x becomes e^{scale · x} / Σ e^{scale · x}.
pub(crate) struct Softmax<'a, T> {
    pub n: usize,
    pub scale: T,
    pub rows: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        for row in self.rows.chunks_exact_mut(self.n) {
            let largest = row.iter().copied().fold(row[0], |a, b| if b > a { b } else { a });
            let p = row.as_mut_ptr();
            // SAFETY: at + count ≤ n, the row's length.
            unsafe {
                let (scale, largest) = (S::splat(self.scale), S::splat(largest));
                vectors!(S, self.n, |at, count| {
                    let x = S::sub(get::<S>(p.add(at), count), largest);
                    put::<S>(p.add(at), math::exp::<S>(S::mul(scale, x)), count);
                });
                let mut sum = S::splat(T::ZERO);
                vectors!(S, self.n, |at, count| {
                    sum = S::add(sum, get::<S>(p.add(at), count));
                });
                let inverse = S::splat(T::ONE / S::sum(sum));
                vectors!(S, self.n, |at, count| {
                    put::<S>(p.add(at), S::mul(get::<S>(p.add(at), count), inverse), count);
                });
            }
        }
    }
}

/// Each row of dL/dp becomes that of x: scale · p ⊙ (dL/dp − Σ p · dL/dp).
pub(crate) struct SoftmaxBackward<'a, T> {
    pub n: usize,
    pub scale: T,
    /// p, as [`Softmax`] left it.
    pub rows: &'a [T],
    pub gradients: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SoftmaxBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        assert_eq!(self.rows.len(), self.gradients.len());
        for (row, gradient) in self.rows.chunks_exact(self.n).zip(self.gradients.chunks_exact_mut(self.n)) {
            let (p, g) = (row.as_ptr(), gradient.as_mut_ptr());
            // SAFETY: at + count ≤ n, the length of both rows.
            unsafe {
                let scale = S::splat(self.scale);
                let mut sum = S::splat(T::ZERO);
                vectors!(S, self.n, |at, count| {
                    sum = S::fma(get::<S>(p.add(at), count), get::<S>(g.add(at), count), sum);
                });
                let mean = S::splat(S::sum(sum));
                vectors!(S, self.n, |at, count| {
                    let own = S::mul(scale, get::<S>(p.add(at), count));
                    put::<S>(g.add(at), S::mul(own, S::sub(get::<S>(g.add(at), count), mean)), count);
                });
            }
        }
    }
}
