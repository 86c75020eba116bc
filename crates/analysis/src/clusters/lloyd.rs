//! Lloyd's iterations: every point to its nearest centre, every centre to the mean of its points.
//!
//! Distances in f32 decide where two centres are not equally near within their rounding, which leaves a few points in
//! a million to f64: the clusters are those of f64.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::kmeans::KMeans;
use crate::distance::{Centres, squared_distance};
use crate::moments::sum_over_rows;
use crate::neighbours::panels::{GROUP, Panels, four_by_two, unit_scale};
use crate::table::Table;

/// The most points in a panel.
const WIDEST: usize = 32;

/// Points laid out once for all iterations of all starts.
pub(super) struct Laid<'a> {
    pub(super) points: Table<'a>,
    pub(super) panels: Panels,
    /// The greatest magnitude of a scaled value of a point.
    largest: f32,
}

impl<'a> Laid<'a> {
    pub(super) fn new(points: Table<'a>) -> Self {
        let scale = unit_scale([points.values()]);
        let largest = points.values().iter().fold(0.0f32, |largest, value| largest.max(value.abs())) * scale;
        Self { points, panels: Panels::of(points, scale), largest }
    }

    /// The nearest of `centres`, `[count, columns]`, to each point, by distances in f64; the first of two as near.
    fn assign(&self, centres: &[f64], nearest: &mut [u32]) {
        const PANELS: usize = 16;
        let (columns, width) = (self.points.columns(), self.panels.width());
        let exact = Centres::new(centres, columns);
        let scale = f64::from(self.panels.scale());
        let furthest = centres.iter().fold(0.0f64, |furthest, value| furthest.max((value * scale).abs()));
        // A centre so far out that f32 does not hold its square: f64 for all.
        let furthest = if furthest < 1e15 { furthest as f32 } else { f32::INFINITY };
        let centres: Vec<Vec<[f32; GROUP]>> = centres
            .chunks(GROUP * columns)
            .map(|group| {
                let value = |lane: usize, column: usize| {
                    group.get(lane * columns + column).map_or(f32::INFINITY, |value| (value * scale) as f32)
                };
                (0..columns).map(|column| std::array::from_fn(|lane| value(lane, column))).collect()
            })
            .collect();
        // d² in f32 is off by no more than this share of itself (one rounding of the difference, twice in its
        // square, one for each product and sum), and d by what rounding a centre has moved it.
        let share = (columns as f32 + 4.0) * f32::EPSILON;
        let moved = (columns as f32).sqrt() * f32::EPSILON * furthest.max(self.largest);
        let chunks = nearest.par_chunks_mut(PANELS * width).enumerate();
        chunks.for_each(|(chunk, nearest)| {
            for (panel, nearest) in nearest.chunks_mut(width).enumerate() {
                let panel = chunk * PANELS + panel;
                let mut found = Found::default();
                let values = self.panels.range(panel, panel + 1);
                Arch::new().dispatch(Nearest {
                    panel: values,
                    centres: &centres,
                    share,
                    moved,
                    found: &mut found,
                });
                for (lane, nearest) in nearest.iter_mut().enumerate() {
                    *nearest = if found.margin[lane] > 0.0 {
                        found.nearest[lane]
                    } else {
                        exact.nearest_to(self.points.row(panel * width + lane))
                    };
                }
            }
        });
    }
}

/// Of each point of a panel.
#[derive(Default)]
struct Found {
    nearest: [u32; WIDEST],
    /// How much nearer than any other centre it is at the least; not above 0 where that is not known.
    margin: [f32; WIDEST],
}

struct Nearest<'a> {
    panel: &'a [f32],
    centres: &'a [Vec<[f32; GROUP]>],
    share: f32,
    moved: f32,
    found: &'a mut Found,
}

impl WithSimd for Nearest<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { panel, centres, share, moved, found } = self;
        let infinity = simd.splat_f32s(f32::INFINITY);
        let (mut best, mut second) = ([infinity; 2], [infinity; 2]);
        let mut nearest = [simd.splat_u32s(0); 2];
        let mut index = 0;
        for group in centres {
            let squares = four_by_two(simd, group, panel);
            for squares in &squares {
                for half in 0..2 {
                    let square = squares[half];
                    let nearer = simd.less_than_f32s(square, best[half]);
                    let other = simd.select_f32s(nearer, best[half], square);
                    second[half] = simd.min_f32s(second[half], other);
                    best[half] = simd.select_f32s(nearer, square, best[half]);
                    nearest[half] = simd.select_u32s(nearer, simd.splat_u32s(index), nearest[half]);
                }
                index += 1;
            }
        }
        let (less, more) = (simd.splat_f32s(1.0 - share), simd.splat_f32s(1.0 + share));
        let moved = simd.splat_f32s(2.0 * moved);
        let (margins, _) = S::as_mut_simd_f32s(&mut found.margin);
        let (places, _) = S::as_mut_simd_u32s(&mut found.nearest);
        for half in 0..2 {
            let least = simd.sub_f32s(simd.mul_f32s(simd.sqrt_f32s(second[half]), less), moved);
            margins[half] = simd.sub_f32s(least, simd.mul_f32s(simd.sqrt_f32s(best[half]), more));
            places[half] = nearest[half];
        }
    }
}

/// From `centres`, at most `most` times, until no point changes its cluster or the centres' summed squared movement
/// is at most `least`.
pub(super) fn lloyd(laid: &Laid<'_>, mut centres: Vec<f64>, most: usize, least: f64) -> KMeans {
    let points = laid.points;
    let columns = points.columns();
    let count = centres.len() / columns;
    let mut clusters = vec![0; points.rows()];
    laid.assign(&centres, &mut clusters);
    let mut next = clusters.clone();
    let (mut iterations, mut converged) = (0, false);
    while iterations < most && !converged {
        iterations += 1;
        let after = means(points, &mut clusters, &centres, count);
        let moved: f64 = after.iter().zip(&centres).map(|(new, old)| (new - old).powi(2)).sum();
        centres = after;
        laid.assign(&centres, &mut next);
        converged = moved <= least || next == clusters;
        std::mem::swap(&mut clusters, &mut next);
    }
    let inertia =
        sum_over_rows(points.rows(), 1, |row, sum| sum[0] += own_square(points, &clusters, &centres, row));
    KMeans { columns, centres, inertia: inertia[0], clusters, iterations, converged }
}

/// Squared distance of a point to the centre of its cluster.
fn own_square(points: Table<'_>, clusters: &[u32], centres: &[f64], row: usize) -> f64 {
    let columns = points.columns();
    squared_distance(points.row(row), &centres[clusters[row] as usize * columns..][..columns])
}

/// Mean of each cluster; one without points first takes the point that is farthest from its centre.
fn means(points: Table<'_>, clusters: &mut [u32], centres: &[f64], count: usize) -> Vec<f64> {
    let columns = points.columns();
    let mut sizes = vec![0usize; count];
    clusters.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    if sizes.contains(&0) {
        let mut squares: Vec<f64> =
            (0..clusters.len()).map(|row| own_square(points, clusters, centres, row)).collect();
        for empty in 0..count {
            if sizes[empty] == 0 {
                let movable = (0..clusters.len()).filter(|row| sizes[clusters[*row] as usize] > 1);
                let farthest = movable.reduce(|a, b| if squares[b] > squares[a] { b } else { a });
                if let Some(row) = farthest {
                    sizes[clusters[row] as usize] -= 1;
                    sizes[empty] = 1;
                    (clusters[row], squares[row]) = (empty as u32, 0.0);
                }
            }
        }
    }
    let mut sums = sum_over_rows(points.rows(), count * columns, |row, sums| {
        let sums = &mut sums[clusters[row] as usize * columns..][..columns];
        sums.iter_mut().zip(points.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    for (sum, size) in sums.chunks_exact_mut(columns).zip(sizes) {
        sum.iter_mut().for_each(|value| *value /= size.max(1) as f64);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_go_to_the_centre_that_double_precision_finds_nearest() {
        // Around 0; far from 0, where f32 hardly tells the centres apart; ties on a grid of whole numbers.
        for (rows, columns, count, away, whole) in [
            (1000, 10, 10, 0.0, false),
            (1003, 1, 5, 3e6, false),
            (997, 3, 33, 1e4, false),
            (1200, 2, 12, 0.0, true),
            (300, 100, 1, 0.0, false),
        ] {
            let mut values = vec![0.0f32; (rows + count) * columns];
            random::Stream::new(1, "points and centres").normals(0, 0, &mut values);
            values.iter_mut().for_each(|value| {
                *value = if whole { (2.0 * *value).round() } else { *value + away };
            });
            let (points, centres) = values.split_at(rows * columns);
            let centres: Vec<f64> = centres.iter().map(|value| f64::from(*value) + 1e-9).collect();
            let table = Table::new(points, columns).unwrap();
            let mut found = vec![0; rows];
            Laid::new(table).assign(&centres, &mut found);
            let exact = Centres::new(&centres, columns).nearest(table);
            assert!(found.iter().eq(exact.iter().map(|(cluster, _)| cluster)), "{rows} × {columns}");
        }
        // Centres that f32 cannot hold.
        let table = Table::new(&[0.0, 1.0, 2.0, 3.0], 1).unwrap();
        let mut found = vec![0; 4];
        Laid::new(table).assign(&[1e300, -1e200, 2.5], &mut found);
        assert_eq!(found, [2; 4]);
    }
}
