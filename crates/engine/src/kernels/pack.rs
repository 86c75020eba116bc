//! Column panels: the layout in which [`Product`](super::product::Product) reads a kernel.
//!
//! A `depth` × n matrix is stored panel after panel of up to 4 (2) vectors of columns, each panel `depth`
//! rows of contiguous values, with zeros behind column n. One column alone is stored as a plain vector.
#![allow(unsafe_code)]

use crate::shared::Shared;
use crate::simd::{Isa, Kernel, Real, Simd};

/// Values that a packed `depth` × n matrix takes on `isa`.
pub(crate) fn packed_len<T: Real>(isa: Isa, depth: usize, n: usize) -> usize {
    struct Length(usize, usize);
    impl<T: Real> Kernel<T> for Length {
        type Output = usize;
        #[inline(always)]
        fn run<S: Simd<T = T>>(self) -> usize {
            packed_len_for::<S>(self.0, self.1)
        }
    }
    T::dispatch_rows(isa, n, Length(depth, n))
}

/// Columns of a full panel of a matrix with `n` columns on `isa`.
pub(crate) fn panel_columns<T: Real>(isa: Isa, n: usize) -> usize {
    struct Columns;
    impl<T: Real> Kernel<T> for Columns {
        type Output = usize;
        #[inline(always)]
        fn run<S: Simd<T = T>>(self) -> usize {
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

/// Where the values of one kernel row go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placement {
    /// Value j is column j of row `depth`.
    Row { depth: usize },
    /// Value j is row `depth + j` of column `column`.
    Column { depth: usize, column: usize },
}

/// Copies kernel rows (`values`, `row_len` each) to their places in a packed matrix.
pub(crate) struct Pack<'a, T, F> {
    pub packed: &'a Shared<T>,
    pub depth: usize,
    pub n: usize,
    pub values: &'a [T],
    pub row_len: usize,
    /// The place of row i of `values`; `None` where the matrix has no use for it.
    pub place: F,
}

impl<T: Real, F: Fn(usize) -> Option<Placement>> Kernel<T> for Pack<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self) {
        let panel = panel_vectors::<S>() * S::LANES;
        let padded = padded::<S>(self.n);
        assert!(self.depth * padded <= self.packed.len(), "packed matrix out of bounds");
        let width = |column: usize| panel.min(padded - column / panel * panel);
        let place = |row: usize, column: usize| packed_at::<S>(self.depth, self.n, row, column);
        let rows = self.values.len() / self.row_len;
        let mut i = 0;
        while i < rows {
            let from = &self.values[i * self.row_len..];
            let mut count = 1;
            match (self.place)(i) {
                None => {}
                Some(Placement::Row { depth }) => {
                    assert!(depth < self.depth && self.row_len == self.n, "kernel row out of place");
                    for (part, values) in from[..self.n].chunks(panel).enumerate() {
                        let column = part * panel;
                        let at = place(depth, column);
                        // SAFETY: a kernel row is packed by one work item only, and rows do not overlap.
                        unsafe { self.packed.slice_mut(at..at + values.len()) }.copy_from_slice(values);
                    }
                }
                Some(Placement::Column { depth, column }) => {
                    assert!(column < self.n && depth + self.row_len <= self.depth, "kernel row out of place");
                    // Neighbouring rows that become neighbouring columns move together: a transposition
                    // that writes whole runs.
                    let follows = |t: usize| match (self.place)(i + t) {
                        Some(Placement::Column { depth: d, column: c }) => d == depth && c == column + t,
                        _ => false,
                    };
                    let room = (S::LANES - column % S::LANES).min(self.n - column).min(rows - i);
                    count = (1..room).find(|t| !follows(*t)).unwrap_or(room);
                    let (at, step) = (place(depth, column), width(column));
                    let mut j = 0;
                    if count == S::LANES {
                        while j + S::LANES <= self.row_len {
                            let at = at + j * step;
                            let to = self.packed.pointer(at..at + (S::LANES - 1) * step + S::LANES);
                            let from = &from[j..j + (S::LANES - 1) * self.row_len + S::LANES];
                            // SAFETY: as above; the block's LANES rows and columns lie inside both.
                            unsafe { S::transpose(from.as_ptr(), self.row_len, to, step) };
                            j += S::LANES;
                        }
                    }
                    for j in j..self.row_len {
                        let at = at + j * step;
                        // SAFETY: as above.
                        let to = unsafe { self.packed.slice_mut(at..at + count) };
                        for (t, value) in to.iter_mut().enumerate() {
                            *value = from[t * self.row_len + j];
                        }
                    }
                }
            }
            i += count;
        }
    }
}
