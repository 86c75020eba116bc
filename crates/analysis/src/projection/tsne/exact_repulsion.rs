//! Repulsion pair by pair, with vectors: for small maps, maps in three dimensions, and as the truth in tests.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Points that share one pass over the others.
const GROUP: usize = 4;
/// Vectors after which sums in f32 move on to f64.
const TILE: usize = 128;
/// Where places without a point are: so far that q is 0.
const NOWHERE: f32 = 1e18;

/// Points with each coordinate in its own row, ready for vectors.
pub(super) struct PackedPoints<const D: usize> {
    axes: [Vec<f32>; D],
}

impl<const D: usize> PackedPoints<D> {
    pub(super) fn new(points: &[[f32; D]]) -> Self {
        let filled = points.len().next_multiple_of(16);
        let axis = |axis: usize| {
            let values = points.iter().map(|point| point[axis]);
            values.chain(std::iter::repeat(NOWHERE)).take(filled).collect()
        };
        Self { axes: std::array::from_fn(axis) }
    }

    /// Σ_j q and Σ_j q²(y − yⱼ) of up to four points y, q = 1/(1 + ‖y − yⱼ‖²), over all others (a point that is one
    /// of them adds 1 to the first sum and nothing to the second).
    pub(super) fn sums(&self, points: &[[f32; D]]) -> [(f64, [f64; D]); GROUP] {
        let four = std::array::from_fn(|i| points[i.min(points.len() - 1)]);
        Arch::new().dispatch(Sums { others: self, points: four })
    }
}

/// Writes Σ_j q²(yᵢ − yⱼ) for every point into `forces` and returns Z = Σ_{i≠j} q.
pub(super) fn repulsion<const D: usize>(points: &[[f32; D]], forces: &mut [[f32; D]]) -> f64 {
    let others = PackedPoints::new(points);
    let groups = points.par_chunks(GROUP).zip(forces.par_chunks_mut(GROUP)).with_min_len(4);
    let sums: Vec<f64> = groups
        .map(|(points, forces)| {
            let sums = others.sums(points);
            for (force, (_, sum)) in forces.iter_mut().zip(&sums) {
                *force = sum.map(|value| value as f32);
            }
            sums[..points.len()].iter().map(|(sum, _)| sum - 1.0).sum()
        })
        .collect();
    sums.into_iter().sum()
}

struct Sums<'a, const D: usize> {
    others: &'a PackedPoints<D>,
    points: [[f32; D]; GROUP],
}

impl<const D: usize> WithSimd for Sums<'_, D> {
    type Output = [(f64, [f64; D]); GROUP];

    // Indices, not iterators with closures: see `fourier`.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let axes: [&[S::f32s]; D] = std::array::from_fn(|axis| S::as_simd_f32s(&self.others.axes[axis]).0);
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let mut totals = [(0.0, [0.0; D]); GROUP];
        let count = axes[0].len();
        for first in (0..count).step_by(TILE) {
            let tile: [&[S::f32s]; D] =
                std::array::from_fn(|axis| &axes[axis][first..(first + TILE).min(count)]);
            let mut sums = [(zero, [zero; D]); GROUP];
            for at in 0..tile[0].len() {
                let mut others = [zero; D];
                for axis in 0..D {
                    others[axis] = tile[axis][at];
                }
                for (point, (sum, forces)) in self.points.iter().zip(&mut sums) {
                    let mut differences = [zero; D];
                    let mut square = one;
                    for axis in 0..D {
                        differences[axis] = simd.sub_f32s(simd.splat_f32s(point[axis]), others[axis]);
                        square = simd.mul_add_f32s(differences[axis], differences[axis], square);
                    }
                    let q = simd.div_f32s(one, square);
                    *sum = simd.add_f32s(*sum, q);
                    let q2 = simd.mul_f32s(q, q);
                    for axis in 0..D {
                        forces[axis] = simd.mul_add_f32s(q2, differences[axis], forces[axis]);
                    }
                }
            }
            for ((total, total_forces), (sum, forces)) in totals.iter_mut().zip(sums) {
                *total += f64::from(simd.reduce_sum_f32s(sum));
                for axis in 0..D {
                    total_forces[axis] += f64::from(simd.reduce_sum_f32s(forces[axis]));
                }
            }
        }
        totals
    }
}
