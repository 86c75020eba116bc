//! Points laid out for the search of the nearest of some centres.
//!
//! Distances in f32 decide where two centres are not equally near within their rounding, which leaves a few points in
//! a million to f64: the clusters are those of f64.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::distance::Centres;
use crate::neighbours::panels::{GROUP, Panels, four_by_two, unit_scale};
use crate::table::Table;

/// The most points in a panel.
const WIDEST: usize = 32;

/// Points laid out once for all iterations of all starts.
pub(super) struct PointPanels<'a> {
    pub(super) points: Table<'a>,
    pub(super) panels: Panels,
    /// The greatest magnitude of a scaled value of a point.
    largest: f32,
}

impl<'a> PointPanels<'a> {
    pub(super) fn new(points: Table<'a>) -> Self {
        let scale = unit_scale([points.values()]);
        let largest = points.values().iter().fold(0.0f32, |largest, value| largest.max(value.abs())) * scale;
        Self { points, panels: Panels::of(points, scale), largest }
    }

    /// The nearest of `centres`, `[count, columns]`, to each point, by distances in f64; the first of two as near.
    pub(super) fn assign(&self, centres: &[f64], nearest: &mut [u32]) {
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
                let mut panel_centres = PanelCentres::default();
                let values = self.panels.range(panel, panel + 1);
                Arch::new().dispatch(CentreSearch {
                    panel: values,
                    centres: &centres,
                    share,
                    moved,
                    out: &mut panel_centres,
                });
                for (lane, nearest) in nearest.iter_mut().enumerate() {
                    *nearest = if panel_centres.margin[lane] > 0.0 {
                        panel_centres.nearest[lane]
                    } else {
                        exact.nearest_to(self.points.row(panel * width + lane))
                    };
                }
            }
        });
    }
}

/// The nearest centre of each point of a panel.
#[derive(Default)]
struct PanelCentres {
    nearest: [u32; WIDEST],
    /// How much nearer than any other centre it is at the least; not above 0 where that is not known.
    margin: [f32; WIDEST],
}

/// Finds the nearest of all centres for the points of a panel.
struct CentreSearch<'a> {
    panel: &'a [f32],
    centres: &'a [Vec<[f32; GROUP]>],
    share: f32,
    moved: f32,
    out: &'a mut PanelCentres,
}

impl WithSimd for CentreSearch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { panel, centres, share, moved, out } = self;
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
        let (margins, _) = S::as_mut_simd_f32s(&mut out.margin);
        let (places, _) = S::as_mut_simd_u32s(&mut out.nearest);
        for half in 0..2 {
            let least = simd.sub_f32s(simd.mul_f32s(simd.sqrt_f32s(second[half]), less), moved);
            margins[half] = simd.sub_f32s(least, simd.mul_f32s(simd.sqrt_f32s(best[half]), more));
            places[half] = nearest[half];
        }
    }
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
            PointPanels::new(table).assign(&centres, &mut found);
            let exact = Centres::new(&centres, columns).nearest(table);
            assert!(found.iter().eq(exact.iter().map(|(cluster, _)| cluster)), "{rows} × {columns}");
        }
        // Centres that f32 cannot hold.
        let table = Table::new(&[0.0, 1.0, 2.0, 3.0], 1).unwrap();
        let mut found = vec![0; 4];
        PointPanels::new(table).assign(&[1e300, -1e200, 2.5], &mut found);
        assert_eq!(found, [2; 4]);
    }
}
