//! A kernel as the transforms of tiles read it: in vectors, in the order of either direction.
#![allow(unsafe_code)]

use super::get;
use crate::simd::{Scalar, Simd};

/// A kernel `[taps, rows, columns]`, or, turned around, `[taps, columns, rows]`, to be read in vectors.
pub(super) struct KernelVectors<'a, T> {
    pub values: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub is_transposed: bool,
}

impl<T: Scalar> KernelVectors<'_, T> {
    /// `count` columns from `column` on of a row of a tap.
    ///
    /// # Safety
    /// They are inside the kernel, and S's features are on.
    #[inline(always)]
    pub unsafe fn get<S: Simd<T = T>>(&self, tap: usize, row: usize, column: usize, count: usize) -> S::V {
        let Self { values, rows, columns, is_transposed } = *self;
        // SAFETY: the caller's promise; `lanes` holds 16 ≥ LANES values.
        unsafe {
            if is_transposed {
                // Lanes run along the kernel's rows.
                let mut lanes = [T::ZERO; 16];
                for (lane, value) in lanes.iter_mut().take(count).enumerate() {
                    *value = values[(tap * rows + column + lane) * columns + row];
                }
                S::load(lanes.as_ptr())
            } else {
                get::<S>(values.as_ptr().add((tap * rows + row) * columns + column), count)
            }
        }
    }
}
