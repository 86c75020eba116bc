//! Which steps of a sum matter: where every value of A that a tile reads is 0, the product may skip the step.
//!
//! Most pixels of a drawing are background, so the layer that reads the images spends its time on the others.
//! Adding 0 · w changes no sum of finite numbers: results are those of the full product.
#![allow(unsafe_code)]

use super::get;
use super::product::Segment;
use crate::simd::{Kernel, Real, Simd};

/// Lists the steps k of `a_rows` (rows of contiguous values, `depth` each) at which any row is not 0: segments
/// of one step, for a packed right-hand factor. Returns their number.
pub(crate) struct OccupiedColumns<'a, T> {
    pub a: &'a [T],
    pub a_rows: &'a [u32],
    pub depth: usize,
    /// At least `depth` long.
    pub list: &'a mut [Segment],
}

impl<T: Real> Kernel<T> for OccupiedColumns<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) -> usize {
        let Self { a, a_rows, depth, list } = self;
        assert!(list.len() >= depth && a_rows.iter().all(|row| *row as usize + depth <= a.len()));
        let (mut found, mut at) = (0, 0);
        while at < depth {
            let count = S::LANES.min(depth - at);
            let mut bits = 0;
            for row in a_rows {
                // SAFETY: row + at + count ≤ row + depth ≤ len.
                unsafe {
                    bits |= S::nonzero(get::<S>(a.as_ptr().add(*row as usize + at), count));
                }
            }
            for k in at..at + count {
                // Written always, kept where the bit is set: no branch to guess.
                list[found] = Segment { a: k as u32, b: k as u32, len: 1 };
                found += (bits & 1) as usize;
                bits >>= 1;
            }
            at += count;
        }
        found
    }
}

/// Lists the steps k at which any of the `width` values at `first + k · a_step` is not 0, for a right-hand
/// factor of rows `b_step` apart. Returns their number.
pub(crate) struct OccupiedRows<'a, T> {
    pub a: &'a [T],
    pub first: usize,
    pub width: usize,
    pub a_step: usize,
    pub b_step: usize,
    pub depth: usize,
    /// At least `depth` long.
    pub list: &'a mut [Segment],
}

impl<T: Real> Kernel<T> for OccupiedRows<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) -> usize {
        let Self { a, first, width, a_step, b_step, depth, list } = self;
        assert!(list.len() >= depth);
        assert!(depth == 0 || first + (depth - 1) * a_step + width <= a.len());
        let mut found = 0;
        for k in 0..depth {
            let (mut bits, mut at) = (0, 0);
            while at < width {
                let count = S::LANES.min(width - at);
                // SAFETY: first + k · a_step + at + count ≤ len.
                unsafe {
                    bits |= S::nonzero(get::<S>(a.as_ptr().add(first + k * a_step + at), count));
                }
                at += count;
            }
            list[found] = Segment { a: (k * a_step) as u32, b: (k * b_step) as u32, len: 1 };
            found += usize::from(bits != 0);
        }
        found
    }
}
