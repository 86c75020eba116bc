//! Column panels: the layout in which [`Product`](super::product::Product) reads a kernel.
//!
//! A `depth` × n matrix is stored panel after panel of up to 4 (2) vectors of columns, each panel `depth`
//! rows of contiguous values, with zeros behind column n. One column alone is stored as a plain vector.
#![allow(unsafe_code)]

use std::ops::Range;

use super::{get, put, vectors};
use crate::shared::Places;
use crate::simd::{Isa, Kernel, Scalar, Simd};

/// Values that a packed `depth` × n matrix takes on `isa`.
pub(crate) fn packed_len<T: Scalar>(isa: Isa, depth: usize, n: usize) -> usize {
    struct Length(usize, usize);
    impl<T: Scalar> Kernel<T> for Length {
        type Output = usize;
        #[inline(always)]
        unsafe fn run<S: Simd<T = T>>(self) -> usize {
            packed_len_for::<S>(self.0, self.1)
        }
    }
    T::dispatch_rows(isa, n, Length(depth, n))
}

/// Columns of a full panel of a matrix with `n` columns on `isa`.
pub(crate) fn panel_columns<T: Scalar>(isa: Isa, n: usize) -> usize {
    struct Columns;
    impl<T: Scalar> Kernel<T> for Columns {
        type Output = usize;
        #[inline(always)]
        unsafe fn run<S: Simd<T = T>>(self) -> usize {
            panel_vectors::<S>() * S::LANES
        }
    }
    T::dispatch_rows(isa, n, Columns)
}

pub(crate) fn packed_len_for<S: Simd>(depth: usize, n: usize) -> usize {
    depth * padded::<S>(n)
}

/// Place of a value of a packed `depth` × n matrix.
#[inline(always)]
pub(crate) fn packed_at<S: Simd>(depth: usize, n: usize, row: usize, column: usize) -> usize {
    let panel = panel_vectors::<S>() * S::LANES;
    let first = column / panel * panel;
    first * depth + row * panel.min(padded::<S>(n) - first) + column % panel
}

fn padded<S: Simd>(n: usize) -> usize {
    if n == 1 { 1 } else { n.next_multiple_of(S::LANES) }
}

/// Vectors in a full column panel.
pub(crate) const fn panel_vectors<S: Simd>() -> usize {
    if S::REGISTERS >= 32 { 4 } else { 2 }
}

/// Some rows of a kernel `[taps, channels, columns]` as a matrix.
#[derive(Clone, Debug)]
pub(crate) struct KernelRows<'a, T> {
    /// Which.
    pub rows: Range<usize>,
    pub values: &'a [T],
    /// Rows of a tap.
    pub channels: usize,
    pub columns: usize,
}

/// Where kernel rows go in a packed matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placement {
    /// Kernel row i is row `depth + i`.
    Rows { depth: usize },
    /// Kernel row i is column `column + i`, from row `depth` on.
    Columns { depth: usize, column: usize },
}

/// Copies kernel rows, or pixels, (`values`, `row_len` each) to their places in a packed matrix.
pub(crate) struct Pack<'a, T> {
    pub packed: Places<'a, T>,
    pub depth: usize,
    pub n: usize,
    pub values: &'a [T],
    pub row_len: usize,
    pub to: Placement,
}

impl<T: Scalar> Kernel<T> for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { mut packed, depth: height, n, values, row_len, to } = self;
        let panel = panel_vectors::<S>() * S::LANES;
        let padded = padded::<S>(n);
        assert!(height * padded <= packed.len(), "packed matrix out of bounds");
        let width = |column: usize| panel.min(padded - column / panel * panel);
        let place = |row: usize, column: usize| packed_at::<S>(height, n, row, column);
        let rows = values.len() / row_len;
        match to {
            Placement::Rows { depth } => {
                assert!(depth + rows <= height && row_len == n, "kernel rows out of place");
                for column in (0..n).step_by(panel) {
                    let (at, step, len) = (place(depth, column), width(column), panel.min(n - column));
                    for i in 0..rows {
                        let at = at + i * step;
                        let from = values[i * n + column..][..len].as_ptr();
                        let to = packed.slice_mut(at..at + len).as_mut_ptr();
                        // SAFETY: at + count ≤ len, the length of both.
                        unsafe {
                            vectors!(S, len, |at, count| {
                                put::<S>(to.add(at), get::<S>(from.add(at), count), count);
                            });
                        }
                    }
                }
            }
            Placement::Columns { depth, column } => {
                assert!(column + rows <= n && depth + row_len <= height, "kernel rows out of place");
                let mut j = 0;
                while j < row_len {
                    let len = S::LANES.min(row_len - j);
                    let mut i = 0;
                    while i < rows {
                        // Neighbouring columns of one vector move together: a transposition that writes whole runs.
                        let column = column + i;
                        let count = (S::LANES - column % S::LANES).min(rows - i);
                        let from = &values[i * row_len + j..(i + count - 1) * row_len + j + len];
                        let (at, step) = (place(depth + j, column), width(column));
                        if count == S::LANES && len == S::LANES {
                            let to = packed.pointer(at..at + (S::LANES - 1) * step + S::LANES);
                            // SAFETY: the block's LANES rows and columns lie inside both; the matrix' are this item's.
                            unsafe { S::transpose(from.as_ptr(), row_len, to, step) };
                        } else {
                            for j in 0..len {
                                let to = packed.slice_mut(at + j * step..at + j * step + count);
                                for (t, value) in to.iter_mut().enumerate() {
                                    *value = from[t * row_len + j];
                                }
                            }
                        }
                        i += count;
                    }
                    j += len;
                }
            }
        }
    }
}
