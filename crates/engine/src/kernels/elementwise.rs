//! Sums and products of whole buffers, value by value.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};

/// sums += values
pub(crate) struct AddTo<'a, T> {
    pub values: &'a [T],
    pub sums: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for AddTo<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        assert_eq!(self.values.len(), self.sums.len());
        let (v, s) = (self.values.as_ptr(), self.sums.as_mut_ptr());
        vectors!(S, self.values.len(), |at, count| {
            // SAFETY: at + count ≤ len, the same for both.
            unsafe {
                put::<S>(s.add(at), S::add(get::<S>(s.add(at), count), get::<S>(v.add(at), count)), count)
            };
        });
    }
}

/// out = a · b, or out += a · b.
pub(crate) struct Multiply<'a, T> {
    pub a: &'a [T],
    pub b: &'a [T],
    pub adds: bool,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let n = self.out.len();
        assert!(self.a.len() == n && self.b.len() == n);
        let (a, b, o) = (self.a.as_ptr(), self.b.as_ptr(), self.out.as_mut_ptr());
        vectors!(S, n, |at, count| {
            // SAFETY: at + count ≤ n, the length of all three.
            unsafe {
                let (a, b) = (get::<S>(a.add(at), count), get::<S>(b.add(at), count));
                let sum = if self.adds { get::<S>(o.add(at), count) } else { S::splat(T::ZERO) };
                put::<S>(o.add(at), S::fma(a, b, sum), count);
            }
        });
    }
}
