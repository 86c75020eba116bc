//! Rows with many zeros times a packed matrix: of every tile of rows, only the steps of the sum that it needs.
//!
//! A tile that skips steps does little with each row of the matrix that it reads. So the tiles pass by a part of the matrix
//! that stays in the first-level cache, then by the next part, which is fetched meanwhile.
#![allow(unsafe_code)]

use std::ops::Range;

use super::occupied::SPARSE_ROWS;
use super::pack::{packed_len_for, panel_vectors};
use super::product::{Product, RightFactor, Start, tile};
use super::{fetch, largest};
use crate::simd::{Kernel, Scalar, Simd};

/// Tiles of one product.
pub(crate) const TILES: usize = 64;

/// c[c_rows(i) + n] = leaky(bias(n) + Σ_k a[a_rows(i) + k] · B(k, n)) for the rows i of every tile, where k runs through
/// the steps of the tile.
///
/// A part of a panel of B stays in the first-level cache while all tiles pass by, and the next part is fetched meanwhile.
/// Sums run upwards in k, as in [`Product`], part by part through C.
pub(crate) struct SparseProduct<'a, T> {
    pub a: &'a [T],
    pub a_rows: &'a [u32],
    /// Up to [`SPARSE_ROWS`] rows of each of up to [`TILES`] tiles.
    pub rows: &'a [Range<usize>],
    /// The steps of each tile, upwards.
    pub steps: &'a [&'a [u32]],
    /// Packed, `depth` × `n`, `n` > 1.
    pub b: &'a [T],
    pub depth: usize,
    pub n: usize,
    pub bias: &'a [T],
    /// Slope left of 0 of a piecewise linear activation; 1 for none.
    pub leak: T,
    pub c: &'a mut [T],
    pub c_rows: &'a [u32],
}

/// Bytes of a part of a panel, and how many parts there are at most.
const PART: usize = 16 * 1024;
const PARTS: usize = 16;

impl<T: Scalar> Kernel<T> for SparseProduct<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(mut self) {
        let Self { depth, n, .. } = self;
        assert!(self.rows.len() == self.steps.len() && self.rows.len() <= TILES && n > 1 && depth > 0);
        assert!(self.rows.iter().all(|rows| (1..=SPARSE_ROWS).contains(&rows.len())), "rows of a tile");
        assert!(largest(self.a_rows) + depth <= self.a.len(), "A out of bounds");
        assert!(largest(self.c_rows) + n <= self.c.len(), "C out of bounds");
        assert!(packed_len_for::<S>(depth, n) <= self.b.len() && n <= self.bias.len(), "B out of bounds");
        assert!(
            self.steps.iter().all(|steps| steps.is_empty() || largest(steps) < depth),
            "a step out of bounds"
        );
        let panel = panel_vectors::<S>() * S::LANES;
        let parts = depth.div_ceil(PART / (panel * size_of::<T>())).min(PARTS);
        let part = depth.div_ceil(parts);
        let mut ends = [[0; TILES]; PARTS];
        let ends = &mut ends[..parts];
        for (i, ends) in ends.iter_mut().enumerate() {
            for (end, steps) in ends.iter_mut().zip(self.steps) {
                *end = steps.partition_point(|k| (*k as usize) < (i + 1) * part);
            }
        }
        let vectors = n.div_ceil(S::LANES);
        let mut first = 0;
        while first < vectors {
            let width = (vectors - first).min(panel_vectors::<S>());
            // SAFETY: rows, steps and columns are bounded above.
            unsafe {
                match (S::REGISTERS >= 32, width) {
                    (true, 4) => self.panel::<S, 4>(first, part, ends),
                    (true, 3) => self.panel::<S, 3>(first, part, ends),
                    (_, 2) => self.panel::<S, 2>(first, part, ends),
                    _ => self.panel::<S, 1>(first, part, ends),
                }
            }
            first += width;
        }
    }
}

impl<T: Scalar> SparseProduct<'_, T> {
    /// The columns of `NR` vectors from vector `first` on, in parts of `part` rows of B, with how many steps of each tile
    /// end inside each part or before.
    #[inline(always)]
    unsafe fn panel<S: Simd<T = T>, const NR: usize>(
        &mut self,
        first: usize,
        part: usize,
        ends: &[[usize; TILES]],
    ) {
        let width = NR * S::LANES;
        let panel = self.b.as_ptr().wrapping_add(first * S::LANES * self.depth);
        let (last, mut begins) = (ends.len() - 1, &[0; TILES]);
        for (p, ends) in ends.iter().enumerate() {
            let end = ((p + 1) * part).min(self.depth);
            for (i, (rows, steps)) in self.rows.iter().zip(self.steps).enumerate() {
                let soon = |tile: usize| (end + part * tile / self.rows.len()) * width;
                // SAFETY: S's features are on.
                unsafe { fetch::<S>(panel.wrapping_add(soon(i)), soon(i + 1) - soon(i)) };
                let mut product = Product {
                    a: self.a,
                    a_rows: &self.a_rows[rows.clone()],
                    b: RightFactor::Packed { data: self.b, depth: self.depth },
                    steps: &steps[begins[i]..ends[i]],
                    start: if p == 0 { Start::Bias(self.bias) } else { Start::Accumulate },
                    leak: if p == last { self.leak } else { T::ONE },
                    ..Product::over(self.c, &self.c_rows[rows.clone()], self.n)
                };
                // SAFETY: `run` has bounded rows, steps and columns.
                unsafe { tile::<S, SPARSE_ROWS, NR>(&mut product, 0, first) };
            }
            begins = ends;
        }
    }
}
