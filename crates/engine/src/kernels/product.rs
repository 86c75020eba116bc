//! The one matrix kernel: dense layers, convolutions, transposed convolutions and all their gradients are
//! this product over different offsets (see [`geometry`](crate::geometry)).
//!
//! C[c_rows(i) + n] = finish(start + Σ_segments Σ_k A[a_rows(i) + segment.a + k · a_step] · B(segment.b, k, n))
//!
//! where k runs through a segment, or through a list of steps that matter (see [`occupied`](super::occupied)).
//!
//! A is read in place, value by value, from activations: nothing is unfolded, and zero borders replace tests for padding.
//! B is read in vectors along n, from packed panels or from rows.
//!
//! A register tile of up to 6 × 4 (or 12 × 2, …) vectors stays in registers through all segments, from its first value to
//! its last. Bias and piecewise linear activations are applied there, so C is touched once.
//!
//! Large kernels come through the third-level cache. Products along them ask for the rows of B some steps ahead, and
//! products that end in an update ask for what the optimizer reads next.
//!
//! The sum over k runs in one fixed order per element, whatever the tile: results do not depend on how rows are grouped.
#![allow(unsafe_code)]

use super::pack::{packed_len_for, panel_vectors};
use super::{fetch, get, largest, vectors};
use crate::simd::{Isa, Kernel, Scalar, Simd};

/// A run of the summation index.
#[derive(Clone, Copy, Debug, Default)]
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
pub(crate) enum RightFactor<'a, T> {
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
    pub b: RightFactor<'a, T>,
    pub segments: &'a [Segment],
    /// Values of k that are summed behind the segments, from A's rows and B's first one on.
    pub steps: &'a [u32],
    /// Columns of B and C.
    pub n: usize,
    pub c: &'a mut [T],
    pub c_rows: &'a [u32],
    pub start: Start<'a, T>,
    /// What is needed next, as many values as C has of each: tile by tile, as many are asked for as the tile computes.
    pub prefetch: &'a mut [*const T],
    /// Slope left of 0 of a piecewise linear activation; 1 for none.
    pub leak: T,
}

impl<'a, T: Scalar> Product<'a, T> {
    /// A product into all columns of C, from 0, of contiguous A and no activation; A, B and the sum are still empty.
    pub fn over(c: &'a mut [T], c_rows: &'a [u32], n: usize) -> Self {
        Self {
            a: &[],
            a_rows: &[],
            a_step: 1,
            b: RightFactor::Rows { data: &[], step: 0 },
            segments: &[],
            steps: &[],
            n,
            c,
            c_rows,
            start: Start::Zero,
            prefetch: &mut [],
            leak: T::ONE,
        }
    }

    /// Computes C.
    pub fn run(self, isa: Isa) {
        T::dispatch_rows(isa, self.n, self);
    }

    /// The bound of every access below. Panics where a plan is wrong; costs O(rows + segments + steps).
    fn check<S: Simd<T = T>>(&self) {
        assert_eq!(self.a_rows.len(), self.c_rows.len(), "rows of A and C");
        let (mut a_end, mut b_end) = (0, 0);
        for s in self.segments.iter().filter(|s| s.len > 0) {
            let last = s.len as usize - 1;
            a_end = a_end.max(s.a as usize + last * self.a_step + 1);
            b_end = b_end.max(match self.b {
                RightFactor::Packed { .. } => s.b as usize + s.len as usize,
                RightFactor::Rows { step, .. } => {
                    s.b as usize + last * step + self.n.next_multiple_of(S::LANES)
                }
            });
        }
        if !self.steps.is_empty() {
            let last = largest(self.steps);
            a_end = a_end.max(last * self.a_step + 1);
            b_end = b_end.max(match self.b {
                RightFactor::Packed { .. } => last + 1,
                RightFactor::Rows { step, .. } => last * step + self.n.next_multiple_of(S::LANES),
            });
        }
        if !self.a_rows.is_empty() {
            assert!(a_end == 0 || largest(self.a_rows) + a_end <= self.a.len(), "A out of bounds");
            assert!(largest(self.c_rows) + self.n <= self.c.len(), "C out of bounds");
        }
        match self.b {
            RightFactor::Packed { data, depth } => {
                let is_dot = self.a_step == 1 && self.steps.is_empty();
                assert!(self.n > 1 || is_dot, "one column is summed along contiguous values");
                assert!(
                    b_end <= depth && packed_len_for::<S>(depth, self.n) <= data.len(),
                    "B out of bounds"
                );
            }
            RightFactor::Rows { data, .. } => assert!(b_end <= data.len(), "B out of bounds"),
        }
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.n, "bias out of bounds");
        }
    }
}

/// All rows of one column panel, in tiles of nearly equal height: a remainder of one row would wait for B as
/// long as a whole tile. The heights that exist are listed upwards.
macro_rules! rows {
    ($S:ty, $p:expr, $first:expr, $columns:literal, $highest:literal, [$($height:literal),*]) => {{
        let (count, mut row) = ($p.a_rows.len(), 0);
        while row < count {
            let left = count - row;
            let height = left.div_ceil(left.div_ceil($highest));
            $(if height <= $height {
                tile::<$S, $height, $columns>($p, row, $first);
                row += $height;
            } else)* {
                tile::<$S, $highest, $columns>($p, row, $first);
                row += $highest;
            }
        }
    }};
}

impl<T: Scalar> Kernel<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(mut self) {
        self.check::<S>();
        if let (1, RightFactor::Packed { data, .. }) = (self.n, self.b) {
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
                    (true, 4) => rows!(S, &mut self, first, 4, 6, [1, 2, 3, 4, 5]),
                    (true, 3) => rows!(S, &mut self, first, 3, 8, [1, 2, 4, 6, 7]),
                    (true, 2) => rows!(S, &mut self, first, 2, 12, [1, 2, 4, 6, 8, 10]),
                    (true, _) => rows!(S, &mut self, first, 1, 12, [1, 2, 4, 6, 8]),
                    (false, 2) => rows!(S, &mut self, first, 2, 6, [1, 2, 3, 4, 5]),
                    (false, _) => rows!(S, &mut self, first, 1, 8, [1, 2, 4, 6]),
                }
            }
            first += width;
        }
    }
}

/// `MR` rows from `row` on, by `NR` vectors of columns from vector `first` on. Rows behind the last one repeat
/// it: they compute and store the same values once more.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const MR: usize, const NR: usize>(
    p: &mut Product<'_, S::T>,
    row: usize,
    first: usize,
) {
    let column = first * S::LANES;
    let tail = (p.n - column).min(NR * S::LANES) - (NR - 1) * S::LANES; // values in the last vector
    // Every loop below has a small body and fixed bounds, so that the tile lives in registers from its start to
    // its last store.
    // SAFETY: `Product::check` bounds the offsets of rows, segments and steps; partial loads and stores end at n;
    // packed panels are whole vectors; unpacked rows are readable up to the next whole vector.
    unsafe {
        let zero = S::splat(S::T::ZERO);
        // C's pointer is taken once: taken again, it would outdate the others.
        let out = p.c.as_mut_ptr();
        let mut a = [p.a.as_ptr(); MR];
        let mut c = [out; MR];
        let last = p.a_rows.len() - 1;
        let mut i = 0;
        while i < MR {
            let source = (row + i).min(last);
            a[i] = p.a.as_ptr().add(*p.a_rows.get_unchecked(source) as usize);
            c[i] = out.add(*p.c_rows.get_unchecked(source) as usize + column);
            i += 1;
        }
        for next in &mut *p.prefetch {
            fetch::<S>(*next, MR * NR * S::LANES);
            *next = next.wrapping_add(MR * NR * S::LANES);
        }
        let mut acc = [[zero; NR]; MR];
        match p.start {
            Start::Zero => {}
            Start::Bias(bias) => {
                let bias = row_of::<S, NR>(bias.as_ptr().add(column), tail);
                let mut i = 0;
                while i < MR {
                    acc[i] = bias;
                    i += 1;
                }
            }
            Start::Accumulate => {
                let mut i = 0;
                while i < MR {
                    acc[i] = row_of::<S, NR>(c[i], tail);
                    i += 1;
                }
            }
        }
        let (b, b_step, b_unit) = match p.b {
            RightFactor::Packed { data, depth } => {
                (data.as_ptr().add(column * depth), NR * S::LANES, NR * S::LANES)
            }
            RightFactor::Rows { data, step } => (data.as_ptr().add(column), step, 1),
        };
        // Sums along contiguous values read kernels; those over pixels read what phase one has just left in cache.
        for segment in p.segments {
            let b = b.add(segment.b as usize * b_unit);
            let (at, len) = (segment.a as usize, segment.len as usize);
            if p.a_step == 1 && len >= LONG_SEGMENT {
                run_segment::<S, MR, NR, true>(&mut acc, &a, at, 1, b, b_step, len);
            } else if p.a_step == 1 {
                run_segment::<S, MR, NR, false>(&mut acc, &a, at, 1, b, b_step, len);
            } else {
                run_segment::<S, MR, NR, false>(&mut acc, &a, at, p.a_step, b, b_step, len);
            }
        }
        for k in p.steps {
            let k = *k as usize;
            step::<S, MR, NR>(&mut acc, &a, k * p.a_step, b.wrapping_add(k * b_step));
        }
        if p.leak != S::T::ONE {
            let leak = S::splat(p.leak);
            let mut i = 0;
            while i < MR {
                let mut j = 0;
                while j < NR {
                    acc[i][j] = S::select_gt(acc[i][j], zero, acc[i][j], S::mul(acc[i][j], leak));
                    j += 1;
                }
                i += 1;
            }
        }
        let mut i = 0;
        while i < MR {
            let mut j = 0;
            while j + 1 < NR {
                S::store(c[i].add(j * S::LANES), acc[i][j]);
                j += 1;
            }
            i += 1;
        }
        let mut i = 0;
        if tail == S::LANES {
            while i < MR {
                S::store(c[i].add((NR - 1) * S::LANES), acc[i][NR - 1]);
                i += 1;
            }
        } else {
            while i < MR {
                S::store_partial(c[i].add((NR - 1) * S::LANES), acc[i][NR - 1], tail);
                i += 1;
            }
        }
    }
}

/// `NR` vectors at `p`, the last with `tail` values.
#[inline(always)]
unsafe fn row_of<S: Simd, const NR: usize>(p: *const S::T, tail: usize) -> [S::V; NR] {
    // SAFETY: the caller grants (NR − 1) · LANES + tail values at `p`.
    unsafe {
        let mut row = [S::splat(S::T::ZERO); NR];
        let mut j = 0;
        while j + 1 < NR {
            row[j] = S::load(p.add(j * S::LANES));
            j += 1;
        }
        row[NR - 1] = get::<S>(p.add((NR - 1) * S::LANES), tail);
        row
    }
}

#[inline(always)]
unsafe fn run_segment<S: Simd, const MR: usize, const NR: usize, const FETCHES: bool>(
    acc: &mut [[S::V; NR]; MR],
    a: &[*const S::T; MR],
    mut at: usize,
    a_step: usize,
    mut b: *const S::T,
    b_step: usize,
    len: usize,
) {
    let mut k = 0;
    while k < len {
        // SAFETY: the caller bounds `len` steps of A and B.
        unsafe {
            if FETCHES {
                fetch::<S>(b.wrapping_add(PREFETCH_STEPS * b_step), NR * S::LANES);
            }
            step::<S, MR, NR>(acc, a, at, b);
        }
        b = b.wrapping_add(b_step);
        at += a_step;
        k += 1;
    }
}

/// Steps of k from which on rows of a kernel are asked for ahead, and how many ahead: large kernels come from the
/// third-level cache, and would be waited for.
const LONG_SEGMENT: usize = 64;
const PREFETCH_STEPS: usize = 32;

/// Adds one step of k: a value of each row at `at` times the row of B at `b`.
#[inline(always)]
unsafe fn step<S: Simd, const MR: usize, const NR: usize>(
    acc: &mut [[S::V; NR]; MR],
    a: &[*const S::T; MR],
    at: usize,
    b: *const S::T,
) {
    // SAFETY: the caller bounds the step.
    unsafe {
        let mut right = [acc[0][0]; NR];
        let mut j = 0;
        while j < NR {
            right[j] = S::load(b.add(j * S::LANES));
            j += 1;
        }
        let mut i = 0;
        while i < MR {
            let left = S::splat(*a[i].wrapping_add(at));
            let mut j = 0;
            while j < NR {
                acc[i][j] = S::fma(left, right[j], acc[i][j]);
                j += 1;
            }
            i += 1;
        }
    }
}

/// One column: each row of A is a dot product along k, so vectors run along k instead.
#[inline(always)]
unsafe fn dot_rows<S: Simd>(p: &mut Product<'_, S::T>, b: &[S::T]) {
    const ROWS: usize = 8;
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
