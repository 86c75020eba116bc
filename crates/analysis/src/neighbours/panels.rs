//! [`Panels`]: a table laid out for vectors, and squared distances from four queries at a time.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::table::Table;

/// Queries that share one pass over the points: with two vectors of points they fill the registers.
pub(crate) const GROUP: usize = 4;

/// Four queries side by side: shape `[columns][4]`.
pub(crate) type Queries = [[f32; GROUP]];

/// The points of a table in panels of as many points as two vectors hold: shape `[panels, columns, width]`.
/// The places after the last point hold infinity, so that their distance to anything is infinite.
pub(crate) struct Panels {
    values: AlignedBuffer,
    columns: usize,
    points: usize,
    width: usize,
    scale: f32,
}

/// Numbers that start at a cache line: a vector load never touches two.
#[derive(Clone)]
pub(crate) struct AlignedBuffer {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl AlignedBuffer {
    pub(crate) fn new(len: usize, value: f32) -> Self {
        const LINE: usize = 64;
        let values = vec![value; len + LINE / size_of::<f32>()];
        // Where the platform cannot say, an offset of 0 is slower and still right.
        let start = values.as_ptr().align_offset(LINE);
        let start = if start > LINE / size_of::<f32>() { 0 } else { start };
        Self { values, start, len }
    }

    pub(crate) fn get(&self) -> &[f32] {
        &self.values[self.start..self.start + self.len]
    }

    pub(crate) fn get_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.len]
    }
}

/// How many f32 one vector of this machine holds.
pub(crate) fn vector_width() -> usize {
    struct Width;
    impl WithSimd for Width {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Width)
}

/// The power of two that brings values into [−1, 1] (the very largest: [−4, 4]), so that no squared distance overflows. Multiplying by
/// it is exact (but for values some 1e38 times smaller than the largest).
pub(crate) fn unit_scale<'a>(tables: impl IntoIterator<Item = &'a [f32]>) -> f32 {
    let largest = tables.into_iter().flatten().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let exponent = (largest.to_bits() >> 23) as i32 - 126;
    let halvings = if largest == 0.0 { 0 } else { exponent.clamp(-126, 126) };
    f32::from_bits(((127 - halvings) as u32) << 23)
}

impl Panels {
    /// Lays out `order.len()` rows of `table`, in that order, each value times `scale`.
    pub(crate) fn new(table: Table<'_>, order: &[u32], scale: f32) -> Self {
        let (columns, points, width) = (table.columns(), order.len(), 2 * vector_width());
        let mut values = AlignedBuffer::new(points.div_ceil(width) * columns * width, f32::INFINITY);
        let panels = values.get_mut().par_chunks_exact_mut(columns * width);
        panels.zip(order.par_chunks(width)).for_each(|(panel, rows)| {
            for (lane, row) in rows.iter().enumerate() {
                for (place, value) in panel[lane..].iter_mut().step_by(width).zip(table.row(*row as usize)) {
                    *place = value * scale;
                }
            }
        });
        Self { values, columns, points, width, scale }
    }

    /// Every row of `table` in its order.
    pub(crate) fn of(table: Table<'_>, scale: f32) -> Self {
        Self::new(table, &(0..table.rows() as u32).collect::<Vec<_>>(), scale)
    }

    pub(crate) fn points(&self) -> usize {
        self.points
    }

    pub(crate) fn scale(&self) -> f32 {
        self.scale
    }

    /// Points in a panel.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn count(&self) -> usize {
        self.points.div_ceil(self.width)
    }

    /// Panels that together fill about a quarter of a megabyte, which stays in the second-level cache.
    pub(crate) fn tile(&self) -> usize {
        (65_536 / (self.columns * self.width)).clamp(1, 32)
    }

    /// The values of panels `first..end`.
    pub(crate) fn range(&self, first: usize, end: usize) -> &[f32] {
        let size = self.columns * self.width;
        &self.values.get()[first * size..end * size]
    }

    /// Writes up to four rows of `table` side by side into `queries`; missing ones repeat the last.
    pub(crate) fn load(&self, table: Table<'_>, rows: &[u32], queries: &mut Vec<[f32; GROUP]>) {
        let rows: [&[f32]; GROUP] = std::array::from_fn(|i| table.row(rows[i.min(rows.len() - 1)] as usize));
        queries.clear();
        queries.extend((0..self.columns).map(|column| rows.map(|row| row[column] * self.scale)));
    }

    /// Squared distances (of the scaled values) from each of four queries to the points of panels
    /// `first..end`: `out` has shape `[4, (end − first)·width]`.
    pub(crate) fn squares(&self, queries: &Queries, first: usize, end: usize, out: &mut [f32]) {
        Arch::new().dispatch(Squares { panels: self.range(first, end), queries, width: self.width, out });
    }
}

struct Squares<'a> {
    panels: &'a [f32],
    queries: &'a Queries,
    width: usize,
    out: &'a mut [f32],
}

impl WithSimd for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let points = self.out.len() / GROUP;
        let (out, _) = S::as_mut_simd_f32s(self.out);
        let vectors = points / S::F32_LANES;
        let panels = self.panels.chunks_exact(self.queries.len() * self.width);
        for (at, panel) in panels.enumerate() {
            let sums = four_by_two(simd, self.queries, panel);
            for (query, sums) in sums.iter().enumerate() {
                let place = query * vectors + 2 * at;
                out[place..place + 2].copy_from_slice(sums);
            }
        }
    }
}

/// Squared distances from four queries to one panel.
#[inline(always)]
pub(crate) fn four_by_two<S: Simd>(simd: S, queries: &Queries, panel: &[f32]) -> [[S::f32s; 2]; GROUP] {
    let (panel, _) = S::as_simd_f32s(panel);
    // Eight sums by name: an array of them is not kept in registers.
    let zero = simd.splat_f32s(0.0);
    let (mut a0, mut a1, mut b0, mut b1) = (zero, zero, zero, zero);
    let (mut c0, mut c1, mut d0, mut d1) = (zero, zero, zero, zero);
    let (panel, _) = panel.as_chunks::<2>();
    for ([a, b, c, d], [first, second]) in queries.iter().zip(panel) {
        (a0, a1) = nearer(simd, *a, *first, *second, a0, a1);
        (b0, b1) = nearer(simd, *b, *first, *second, b0, b1);
        (c0, c1) = nearer(simd, *c, *first, *second, c0, c1);
        (d0, d1) = nearer(simd, *d, *first, *second, d0, d1);
    }
    [[a0, a1], [b0, b1], [c0, c1], [d0, d1]]
}

/// Adds (points − query)² to the sums of two vectors of points.
#[inline(always)]
fn nearer<S: Simd>(
    simd: S,
    query: f32,
    first: S::f32s,
    second: S::f32s,
    sum: S::f32s,
    other: S::f32s,
) -> (S::f32s, S::f32s) {
    let query = simd.splat_f32s(query);
    let (first, second) = (simd.sub_f32s(first, query), simd.sub_f32s(second, query));
    (simd.mul_add_f32s(first, first, sum), simd.mul_add_f32s(second, second, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_a_power_of_two_that_brings_values_into_the_unit_range() {
        for largest in [1e-30f32, 0.3, 0.5, 1.0, 1.5, 784.0, 8e37] {
            let scale = unit_scale([&[0.0, -largest, largest / 3.0][..]]);
            assert_eq!(scale.to_bits() & 0x007f_ffff, 0, "{largest} {scale}");
            assert!(largest * scale <= 1.0 && largest * scale >= 0.5, "{largest} {scale}");
        }
        assert_eq!(unit_scale([&[0.0f32][..]]), 1.0);
    }

    #[test]
    fn vectors_give_the_distances_of_plain_loops() {
        for (rows, columns) in [(1, 1), (37, 3), (130, 19)] {
            let values: Vec<f32> = (0..rows * columns).map(|i| (i as f32 * 0.37).sin()).collect();
            let table = Table::new(&values, columns).unwrap();
            let panels = Panels::of(table, 1.0);
            let mut queries = Vec::new();
            let chosen = [0, rows as u32 / 2, rows as u32 - 1];
            panels.load(table, &chosen, &mut queries);
            let places = panels.count() * panels.width();
            let mut out = vec![0.0; GROUP * places];
            panels.squares(&queries, 0, panels.count(), &mut out);
            for (i, query) in chosen.iter().enumerate() {
                for place in 0..places {
                    let value = out[i * places + place];
                    if place >= rows {
                        assert_eq!(value, f32::INFINITY);
                        continue;
                    }
                    let pairs = table.row(*query as usize).iter().zip(table.row(place));
                    let exact: f64 = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
                    assert!((f64::from(value) - exact).abs() <= 1e-6 * exact, "{value} {exact}");
                }
            }
        }
    }
}
