//! Which steps of a sum matter: where every value of A that a tile reads is 0, the product may skip the step.
//!
//! Most pixels of a drawing are background, so the layer that reads the images spends its time on the others. A dense layer
//! leaves out the pixels at which all images of a tile are 0 ([`OccupiedColumns`]). Its kernel's gradient leaves out the
//! images in which all pixels of a tile are ([`OccupiedRows`], [`occupied_steps`]).
//!
//! Adding 0 · w changes no sum of finite numbers: results are those of the full product.
#![allow(unsafe_code)]

use std::ops::Range;

use super::get;
use crate::simd::{Kernel, Scalar, Simd};

/// Rows of a tile whose steps are listed: a step that one of them needs is done for all, and each value of B
/// that is read serves all.
pub(crate) const SPARSE_ROWS: usize = 4;

/// Lists the steps k of `a_rows` (rows of contiguous values, `depth` each) at which any row is not 0. Returns their
/// number.
pub(crate) struct OccupiedColumns<'a, T> {
    pub a: &'a [T],
    pub a_rows: &'a [u32],
    pub depth: usize,
    /// At least `depth` and a vector long.
    pub list: &'a mut [u32],
}

impl<T: Scalar> Kernel<T> for OccupiedColumns<'_, T> {
    type Output = usize;

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) -> usize {
        let Self { a, a_rows, depth, list } = self;
        assert!(list.len() >= depth + S::LANES && a_rows.iter().all(|row| *row as usize + depth <= a.len()));
        let (mut occupied, mut at) = (0, 0);
        while at < depth {
            let count = S::LANES.min(depth - at);
            let mut bits = 0;
            for row in a_rows {
                // SAFETY: row + at + count ≤ row + depth ≤ len.
                unsafe {
                    bits |= S::nonzero(get::<S>(a.as_ptr().add(*row as usize + at), count));
                }
            }
            // SAFETY: occupied ≤ at < depth, and the list goes on for a vector behind that.
            occupied += unsafe { S::positions(bits, at as u32, list.as_mut_ptr().add(occupied)) };
            at += count;
        }
        occupied
    }
}

/// For every step k, the columns `first + k · a_step ..` of A that are not 0, as bits.
pub(crate) struct OccupiedRows<'a, T> {
    pub a: &'a [T],
    pub first: usize,
    /// Up to 32 columns.
    pub width: usize,
    pub a_step: usize,
    /// One for each step.
    pub bits: &'a mut [u32],
}

impl<T: Scalar> Kernel<T> for OccupiedRows<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { a, first, width, a_step, bits } = self;
        assert!(width <= 32);
        assert!(bits.is_empty() || first + (bits.len() - 1) * a_step + width <= a.len());
        for (k, bits) in bits.iter_mut().enumerate() {
            *bits = 0;
            let mut at = 0;
            while at < width {
                let count = S::LANES.min(width - at);
                // SAFETY: first + k · a_step + at + count ≤ len.
                unsafe {
                    *bits |= S::nonzero(get::<S>(a.as_ptr().add(first + k * a_step + at), count)) << at;
                }
                at += count;
            }
        }
    }
}

/// Lists the steps at which any of the `columns` is set in `bits`. Returns their number. `list` is at least as
/// long as `bits`.
pub(crate) fn occupied_steps(bits: &[u32], columns: Range<usize>, list: &mut [u32]) -> usize {
    let wanted = (((1u64 << columns.len()) - 1) << columns.start) as u32;
    let list = &mut list[..bits.len()];
    let mut occupied = 0;
    for (k, bits) in bits.iter().enumerate() {
        list[occupied] = k as u32;
        occupied += usize::from(bits & wanted != 0);
    }
    occupied
}
