//! Sums over pixels, channel by channel: the gradient of a bias.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};

/// `out[c] += Σ_pixel values[pixel · n + c]`
pub(crate) struct AddColumnSums<'a, T> {
    pub values: &'a [T],
    pub n: usize,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for AddColumnSums<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        assert!(self.out.len() == self.n && self.values.len().is_multiple_of(self.n));
        let (v, o) = (self.values.as_ptr(), self.out.as_mut_ptr());
        if self.n == 1 {
            // SAFETY: at + count ≤ len.
            unsafe {
                let mut sum = S::splat(T::ZERO);
                vectors!(S, self.values.len(), |at, count| {
                    sum = S::add(sum, get::<S>(v.add(at), count));
                });
                *o += S::sum(sum);
            }
            return;
        }
        let pixels = self.values.len() / self.n;
        let mut first = 0;
        while first + INDEPENDENT_SUMS * S::LANES <= self.n {
            // SAFETY: pixel · n + first + INDEPENDENT_SUMS · LANES ≤ pixels · n.
            unsafe {
                let mut sums = [S::splat(T::ZERO); INDEPENDENT_SUMS];
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = S::load(o.add(first + i * S::LANES));
                }
                for pixel in 0..pixels {
                    for (i, sum) in sums.iter_mut().enumerate() {
                        *sum = S::add(*sum, S::load(v.add(pixel * self.n + first + i * S::LANES)));
                    }
                }
                for (i, sum) in sums.iter().enumerate() {
                    S::store(o.add(first + i * S::LANES), *sum);
                }
            }
            first += INDEPENDENT_SUMS * S::LANES;
        }
        vectors!(S, self.n - first, |at, count| {
            let at = first + at;
            // SAFETY: pixel · n + at + count ≤ pixels · n.
            unsafe {
                let mut sum = get::<S>(o.add(at), count);
                for pixel in 0..pixels {
                    sum = S::add(sum, get::<S>(v.add(pixel * self.n + at), count));
                }
                put::<S>(o.add(at), sum, count);
            }
        });
    }
}

/// Vectors whose sums do not wait for each other.
const INDEPENDENT_SUMS: usize = 4;

/// out = Σ of `parts` buffers, `stride` apart, in order: the fixed-order reduction over groups.
pub(crate) struct SumParts<'a, T> {
    pub parts: &'a [T],
    pub stride: usize,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SumParts<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let len = self.out.len();
        assert!(len <= self.parts.len() && self.stride > 0, "one part at least");
        let count_parts = (self.parts.len() - len) / self.stride + 1;
        let (p, o) = (self.parts.as_ptr(), self.out.as_mut_ptr());
        vectors!(S, len, |at, count| {
            // SAFETY: (count_parts − 1) · stride + at + count ≤ parts.len(), at + count ≤ out.len().
            unsafe {
                let mut sum = get::<S>(p.add(at), count);
                for part in 1..count_parts {
                    sum = S::add(sum, get::<S>(p.add(part * self.stride + at), count));
                }
                put::<S>(o.add(at), sum, count);
            }
        });
    }
}
