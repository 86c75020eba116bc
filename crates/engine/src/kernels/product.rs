//! The one matrix kernel: dense layers, convolutions, transposed convolutions and all their gradients are
//! this product over different offsets (see `linear.rs`).
//!
//! C[c_rows(i) + n] = finish(start + Σ_segments Σ_k A[a_rows(i) + segment.a + k · a_step] · B(segment.b, k, n))
//!
//! A is read in place, value by value, from activations; B in vectors along n. A register tile of up to
//! 6 × 4 (or 12 × 2, …) vectors stays in registers through all segments, so C is touched once and nothing is
//! unfolded in memory. The sum over k runs in one fixed order per element, whatever the tile: results do not
//! depend on how rows are grouped.
#![allow(unsafe_code)]

use super::pack::{packed_len_for, panel_vectors};
use super::{get, vectors};
use crate::simd::{Isa, Kernel, Real, Simd};

/// A run of the summation index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// Offset into A, added to the row's.
    pub a: u32,
    /// Row of packed B, or offset into unpacked B.
    pub b: u32,
    /// Steps of k.
    pub len: u32,
}

/// The right-hand factor, `depth` × n.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a, T> {
    /// Column panels as [`Pack`](super::pack::Pack) lays them out.
    Packed { data: &'a [T], depth: usize },
    /// Rows of at least n values, `step` apart; the slice must go on for one vector behind the last row.
    Rows { data: &'a [T], step: usize },
}

/// What a row of C starts from.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a, T> {
    Zero,
    /// One value per column.
    Bias(&'a [T]),
    /// What C holds.
    Accumulate,
}

/// The operands; see the module's formula.
pub(crate) struct Product<'a, T> {
    pub a: &'a [T],
    pub a_rows: &'a [u32],
    pub a_step: usize,
    pub b: Right<'a, T>,
    pub segments: &'a [Segment],
    /// Columns of B and C.
    pub n: usize,
    pub c: &'a mut [T],
    pub c_rows: &'a [u32],
    pub start: Start<'a, T>,
    /// Slope left of 0 of a piecewise linear activation; 1 for none.
    pub leak: T,
}

impl<T: Real> Product<'_, T> {
    /// Computes C.
    pub fn run(self, isa: Isa) {
        T::dispatch(isa, self);
    }

    /// The bound of every access below. Panics where a plan is wrong; costs O(rows + segments).
    fn check<S: Simd<T = T>>(&self) {
        assert_eq!(self.a_rows.len(), self.c_rows.len(), "rows of A and C");
        let largest = |rows: &[u32]| rows.iter().fold(0, |m, r| m.max(*r)) as usize;
        let (mut a_end, mut b_end) = (0, 0);
        for s in self.segments.iter().filter(|s| s.len > 0) {
            let last = s.len as usize - 1;
            a_end = a_end.max(s.a as usize + last * self.a_step + 1);
            b_end = b_end.max(match self.b {
                Right::Packed { .. } => s.b as usize + s.len as usize,
                Right::Rows { step, .. } => s.b as usize + last * step + self.n.next_multiple_of(S::LANES),
            });
        }
        if !self.a_rows.is_empty() {
            assert!(a_end == 0 || largest(self.a_rows) + a_end <= self.a.len(), "A out of bounds");
            assert!(largest(self.c_rows) + self.n <= self.c.len(), "C out of bounds");
        }
        match self.b {
            Right::Packed { data, depth } => {
                assert!(self.n > 1 || self.a_step == 1, "one column is summed along contiguous values");
                assert!(
                    b_end <= depth && packed_len_for::<S>(depth, self.n) <= data.len(),
                    "B out of bounds"
                );
            }
            Right::Rows { data, .. } => assert!(b_end <= data.len(), "B out of bounds"),
        }
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.n, "bias out of bounds");
        }
    }
}

impl<T: Real> Kernel<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self) {
        self.check::<S>();
        if let (1, Right::Packed { data, .. }) = (self.n, self.b) {
            // SAFETY: `check` has bounded every offset.
            unsafe { dot_rows::<S>(&mut self, data) };
            return;
        }
        let vectors = self.n.div_ceil(S::LANES);
        let mut first = 0;
        while first < vectors {
            let width = (vectors - first).min(panel_vectors::<S>());
            // SAFETY: `check` has bounded every offset that the tiles form.
            unsafe {
                match (S::REGISTERS >= 32, width) {
                    (true, 4) => rows::<S, 6, 3, 4>(&mut self, first),
                    (true, 3) => rows::<S, 8, 4, 3>(&mut self, first),
                    (true, 2) => rows::<S, 12, 6, 2>(&mut self, first),
                    (true, _) => rows::<S, 12, 6, 1>(&mut self, first),
                    (false, 2) => rows::<S, 6, 3, 2>(&mut self, first),
                    (false, _) => rows::<S, 8, 4, 1>(&mut self, first),
                }
            }
            first += width;
        }
    }
}

/// All rows of one column panel: tiles of `MR` rows, then smaller ones that repeat the last row.
#[inline(always)]
unsafe fn rows<S: Simd, const MR: usize, const HALF: usize, const NR: usize>(
    p: &mut Product<'_, S::T>,
    first: usize,
) {
    let count = p.a_rows.len();
    let mut row = 0;
    // SAFETY: passed on from `run`; the rows stay below `count`.
    unsafe {
        while row < count {
            let left = count - row;
            if left > HALF {
                tile::<S, MR, NR>(p, row, left.min(MR), first);
                row += left.min(MR);
            } else if left > 1 {
                tile::<S, HALF, NR>(p, row, left, first);
                row += left;
            } else {
                tile::<S, 1, NR>(p, row, 1, first);
                row += 1;
            }
        }
    }
}

/// `valid` ≤ `MR` rows from `row` on, by `NR` vectors of columns from vector `first` on.
#[inline(always)]
unsafe fn tile<S: Simd, const MR: usize, const NR: usize>(
    p: &mut Product<'_, S::T>,
    row: usize,
    valid: usize,
    first: usize,
) {
    let column = first * S::LANES;
    let tail = (p.n - column).min(NR * S::LANES) - (NR - 1) * S::LANES; // values in the last vector
    // SAFETY: `Product::check` bounds the rows' and segments' offsets; partial loads and stores end at n;
    // packed panels are whole vectors; unpacked rows are readable up to the next whole vector.
    unsafe {
        let zero = S::splat(S::T::ZERO);
        let mut acc = [[zero; NR]; MR];
        match p.start {
            Start::Zero => {}
            Start::Bias(bias) => {
                let bias = bias.as_ptr().add(column);
                let mut j = 0;
                while j < NR {
                    let values = if j + 1 < NR {
                        S::load(bias.add(j * S::LANES))
                    } else {
                        S::load_partial(bias.add(j * S::LANES), tail)
                    };
                    let mut i = 0;
                    while i < MR {
                        acc[i][j] = values;
                        i += 1;
                    }
                    j += 1;
                }
            }
            Start::Accumulate => {
                let mut i = 0;
                while i < MR {
                    if i < valid {
                        let c = p.c.as_ptr().add(p.c_rows[row + i] as usize + column);
                        let mut j = 0;
                        while j < NR {
                            acc[i][j] = if j + 1 < NR {
                                S::load(c.add(j * S::LANES))
                            } else {
                                S::load_partial(c.add(j * S::LANES), tail)
                            };
                            j += 1;
                        }
                    }
                    i += 1;
                }
            }
        }
        let (b_base, b_step, b_unit) = match p.b {
            Right::Packed { data, depth } => {
                (data.as_ptr().add(column * depth), NR * S::LANES, NR * S::LANES)
            }
            Right::Rows { data, step } => (data.as_ptr().add(column), step, 1),
        };
        let mut base = [p.a.as_ptr(); MR];
        let mut i = 0;
        while i < MR {
            let source = if i < valid { row + i } else { row + valid - 1 };
            base[i] = p.a.as_ptr().wrapping_add(p.a_rows[source] as usize);
            i += 1;
        }
        for segment in p.segments {
            let mut a = base;
            let mut i = 0;
            while i < MR {
                a[i] = base[i].wrapping_add(segment.a as usize);
                i += 1;
            }
            let b = b_base.add(segment.b as usize * b_unit);
            if p.a_step == 1 {
                run_segment::<S, MR, NR>(&mut acc, &a, 1, b, b_step, segment.len as usize);
            } else {
                run_segment::<S, MR, NR>(&mut acc, &a, p.a_step, b, b_step, segment.len as usize);
            }
        }
        let leak = S::splat(p.leak);
        let leaky = p.leak != S::T::ONE;
        let mut i = 0;
        while i < MR {
            if i < valid {
                let c = p.c.as_mut_ptr().add(p.c_rows[row + i] as usize + column);
                let mut j = 0;
                while j < NR {
                    let mut value = acc[i][j];
                    if leaky {
                        value = S::select_gt(value, zero, value, S::mul(value, leak));
                    }
                    if j + 1 < NR || tail == S::LANES {
                        S::store(c.add(j * S::LANES), value);
                    } else {
                        S::store_partial(c.add(j * S::LANES), value, tail);
                    }
                    j += 1;
                }
            }
            i += 1;
        }
    }
}

#[inline(always)]
unsafe fn run_segment<S: Simd, const MR: usize, const NR: usize>(
    acc: &mut [[S::V; NR]; MR],
    a: &[*const S::T; MR],
    a_step: usize,
    mut b: *const S::T,
    b_step: usize,
    len: usize,
) {
    let zero = [acc[0][0]; NR];
    let mut offset = 0;
    let mut k = 0;
    // SAFETY: the caller bounds `len` steps of A and B.
    unsafe {
        while k < len {
            let mut right = zero;
            let mut j = 0;
            while j < NR {
                right[j] = S::load(b.add(j * S::LANES));
                j += 1;
            }
            let mut i = 0;
            while i < MR {
                let left = S::splat(*a[i].add(offset));
                let mut j = 0;
                while j < NR {
                    acc[i][j] = S::fma(left, right[j], acc[i][j]);
                    j += 1;
                }
                i += 1;
            }
            b = b.wrapping_add(b_step);
            offset += a_step;
            k += 1;
        }
    }
}

/// One column: each row of A is a dot product along k, so vectors run along k instead.
#[inline(always)]
unsafe fn dot_rows<S: Simd>(p: &mut Product<'_, S::T>, b: &[S::T]) {
    const ROWS: usize = 4;
    let count = p.a_rows.len();
    let mut row = 0;
    // SAFETY: as `tile`; a packed single column is contiguous.
    unsafe {
        while row < count {
            let valid = ROWS.min(count - row);
            let mut acc = [S::splat(S::T::ZERO); ROWS];
            for segment in p.segments {
                let b = b.as_ptr().add(segment.b as usize);
                let mut a = [p.a.as_ptr(); ROWS];
                let mut i = 0;
                while i < ROWS {
                    let source = p.a_rows[row + i.min(valid - 1)];
                    a[i] = p.a.as_ptr().add(source as usize + segment.a as usize);
                    i += 1;
                }
                vectors!(S, segment.len as usize, |at, values| {
                    let right = get::<S>(b.add(at), values);
                    let mut i = 0;
                    while i < ROWS {
                        acc[i] = S::fma(get::<S>(a[i].add(at), values), right, acc[i]);
                        i += 1;
                    }
                });
            }
            for (i, sum) in acc.iter().enumerate().take(valid) {
                let c = &mut p.c[p.c_rows[row + i] as usize];
                let start = match p.start {
                    Start::Zero => S::T::ZERO,
                    Start::Bias(bias) => bias[0],
                    Start::Accumulate => *c,
                };
                let value = start + S::sum(*sum);
                *c = if value > S::T::ZERO { value } else { value * p.leak };
            }
            row += valid;
        }
    }
}
