//! Max pooling and nearest-neighbour enlargement of one pixel's channels.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Real, Simd};

/// out[c] = max over the window's pixels of values[offset + c].
pub(crate) struct WindowMax<'a, T> {
    pub values: &'a [T],
    pub window: &'a [usize],
    pub out: &'a mut [T],
}

impl<T: Real> Kernel<T> for WindowMax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let n = self.out.len();
        assert!(self.window.iter().all(|offset| offset + n <= self.values.len()));
        let (v, o) = (self.values.as_ptr(), self.out.as_mut_ptr());
        vectors!(S, n, |at, count| {
            // SAFETY: offset + at + count ≤ len for every offset of the window.
            unsafe {
                let mut largest = get::<S>(v.add(self.window[0] + at), count);
                for offset in &self.window[1..] {
                    largest = S::max(largest, get::<S>(v.add(offset + at), count));
                }
                put::<S>(o.add(at), largest, count);
            }
        });
    }
}

/// Adds dL/dout to the first pixel of the window that holds the maximum, channel by channel.
pub(crate) struct WindowMaxBackward<'a, T> {
    pub values: &'a [T],
    pub window: &'a [usize],
    pub out: &'a [T],
    pub d_out: &'a [T],
    /// Offsets of the window's pixels in `gradient`.
    pub places: &'a [usize],
    pub gradient: &'a mut [T],
}

impl<T: Real> Kernel<T> for WindowMaxBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let n = self.out.len();
        assert!(self.d_out.len() == n && self.window.len() == self.places.len());
        assert!(self.window.iter().all(|offset| offset + n <= self.values.len()));
        assert!(self.places.iter().all(|offset| offset + n <= self.gradient.len()));
        let (v, o, d) = (self.values.as_ptr(), self.out.as_ptr(), self.d_out.as_ptr());
        let g = self.gradient.as_mut_ptr();
        vectors!(S, n, |at, count| {
            // SAFETY: offset + at + count ≤ len for every offset of the window and the places.
            unsafe {
                let zero = S::splat(T::ZERO);
                let largest = get::<S>(o.add(at), count);
                let mut left = get::<S>(d.add(at), count); // becomes 0 where it was given away
                for (offset, place) in self.window.iter().zip(self.places) {
                    let x = get::<S>(v.add(offset + at), count);
                    let share = S::select_eq(x, largest, left, zero);
                    left = S::select_eq(x, largest, zero, left);
                    let old = get::<S>(g.add(place + at), count);
                    put::<S>(g.add(place + at), S::add(old, share), count);
                }
            }
        });
    }
}
