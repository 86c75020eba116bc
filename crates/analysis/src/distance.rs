//! Squared Euclidean distances of points to centres.

use rayon::prelude::*;

use crate::table::Table;

/// Σ (x − c)² in f64. Eight sums side by side, so that it runs on vectors; their order is fixed.
#[inline(always)]
pub(crate) fn squared_distance(point: &[f32], centre: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (points, centres) = (point.chunks_exact(8), centre.chunks_exact(8));
    let rest = points.remainder().iter().zip(centres.remainder());
    let rest: f64 = rest.map(|(x, c)| (f64::from(*x) - c).powi(2)).sum();
    for (xs, cs) in points.zip(centres) {
        for ((sum, x), c) in sums.iter_mut().zip(xs).zip(cs) {
            let difference = f64::from(*x) - c;
            *sum += difference * difference;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Centres that one vector holds; missing ones of the last panel are infinitely far.
const LANES: usize = 8;
/// Points that share one pass over the centres.
const GROUP: usize = 4;

/// Centres laid out for vectors: panels of `[columns, LANES]`.
pub(crate) struct Centres {
    columns: usize,
    panels: Vec<[f64; LANES]>,
}

impl Centres {
    /// Of `centres` `[count, columns]`.
    pub fn new(centres: &[f64], columns: usize) -> Self {
        let count = centres.len() / columns;
        let mut panels = vec![[f64::INFINITY; LANES]; count.div_ceil(LANES) * columns];
        for (index, centre) in centres.chunks_exact(columns).enumerate() {
            let panel = &mut panels[index / LANES * columns..][..columns];
            panel.iter_mut().zip(centre).for_each(|(lanes, value)| lanes[index % LANES] = *value);
        }
        Self { columns, panels }
    }

    /// The nearest centre of each row and the squared distance to it, summed column by column in f64; the first
    /// centre where two are as near.
    pub fn nearest(&self, points: Table<'_>) -> Vec<(u32, f64)> {
        const ROWS: usize = 256;
        let arch = pulp::Arch::new();
        let mut nearest = vec![(0, f64::INFINITY); points.rows()];
        let chunks = points.values().par_chunks(ROWS * self.columns);
        nearest.par_chunks_mut(ROWS).zip(chunks).for_each(|(nearest, points)| {
            arch.dispatch(
                #[inline(always)]
                || self.nearest_rows(points, nearest),
            );
        });
        nearest
    }

    /// The nearest centre of one point, in the same sense.
    pub fn nearest_to(&self, point: &[f32]) -> u32 {
        let mut nearest = [(0, f64::INFINITY)];
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.nearest_rows(point, &mut nearest),
        );
        nearest[0].0
    }

    #[inline(always)]
    fn nearest_rows(&self, points: &[f32], nearest: &mut [(u32, f64)]) {
        let groups = points.chunks(GROUP * self.columns).zip(nearest.chunks_mut(GROUP));
        for (points, nearest) in groups {
            // A last group that is not full repeats its first row.
            let row = |i: usize| {
                let i = if i < nearest.len() { i } else { 0 };
                &points[i * self.columns..][..self.columns]
            };
            let rows: [&[f32]; GROUP] = std::array::from_fn(row);
            for (at, panel) in self.panels.chunks_exact(self.columns).enumerate() {
                let mut sums = [[0.0; LANES]; GROUP];
                for (j, centres) in panel.iter().enumerate() {
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        let value = f64::from(row[j]);
                        for (sum, centre) in sums.iter_mut().zip(centres) {
                            let difference = value - centre;
                            *sum += difference * difference;
                        }
                    }
                }
                for (nearest, sums) in nearest.iter_mut().zip(&sums) {
                    for (lane, sum) in sums.iter().enumerate() {
                        if *sum < nearest.1 {
                            *nearest = ((at * LANES + lane) as u32, *sum);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_centre_is_that_of_the_definition() {
        for (rows, columns, count) in [(1, 1, 1), (5, 3, 8), (300, 17, 9), (259, 2, 30)] {
            let mut values = vec![0.0f32; (rows + count) * columns];
            random::Stream::new(1, "points and centres").normals(0, 0, &mut values);
            let (points, centres) = values.split_at(rows * columns);
            let centres: Vec<f64> = centres.iter().map(|value| f64::from(*value)).collect();
            let found = Centres::new(&centres, columns).nearest(Table::new(points, columns).unwrap());
            for (point, (nearest, square)) in points.chunks(columns).zip(found) {
                let squares: Vec<f64> = centres.chunks(columns).map(|c| squared_distance(point, c)).collect();
                let least = squares.iter().fold(f64::INFINITY, |least, square| least.min(*square));
                assert!((squares[nearest as usize] - least).abs() <= 1e-12 * least);
                assert!((square - least).abs() <= 1e-12 * least);
            }
        }
    }
}
