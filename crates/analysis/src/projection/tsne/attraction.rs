//! The pull of neighbours on each other.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::affinities::{Affinities, axes};

/// Rows that one task takes.
const ROWS: usize = 64;
/// Neighbours whose positions are collected before vectors run over them.
const COLLECTED: usize = 256;

/// Writes Σ_j p·q·(yᵢ − yⱼ) for every point into `forces`, q = 1/(1 + ‖yᵢ − yⱼ‖²).
pub(super) fn attraction<const D: usize>(
    affinities: &Affinities,
    points: &[[f32; D]],
    forces: &mut [[f32; D]],
) {
    let arch = Arch::new();
    forces.par_chunks_mut(ROWS).enumerate().for_each(|(chunk, forces)| {
        arch.dispatch(Pull { affinities, points, first: chunk * ROWS, forces });
    });
}

/// Σ p·ln(1 + ‖yᵢ − yⱼ‖²) over all pairs.
pub(super) fn stretch<const D: usize>(affinities: &Affinities, points: &[[f32; D]]) -> f64 {
    let rows: Vec<f64> = points
        .par_iter()
        .enumerate()
        .map(|(row, point)| {
            let term = |(column, p): (u32, f32)| {
                let other = points[column as usize];
                let differences = (0..D).map(|axis| f64::from(point[axis]) - f64::from(other[axis]));
                f64::from(p) * differences.map(|d| d * d).sum::<f64>().ln_1p()
            };
            affinities.row(row).map(term).sum()
        })
        .collect();
    rows.into_iter().sum()
}

/// Positions of neighbours, at the start of a cache line.
#[repr(align(64))]
struct NeighbourPositions<const D: usize>([[f32; D]; COLLECTED]);

struct Pull<'a, const D: usize> {
    affinities: &'a Affinities,
    points: &'a [[f32; D]],
    first: usize,
    forces: &'a mut [[f32; D]],
}

impl<const D: usize> WithSimd for Pull<'_, D> {
    type Output = ();

    // Indices, not iterators with closures: see `fourier`.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let mut collected = NeighbourPositions([[0.0f32; D]; COLLECTED]);
        let points = self.points;
        for (row, force) in self.forces.iter_mut().enumerate().map(|(row, force)| (self.first + row, force)) {
            let range = self.affinities.starts[row]..self.affinities.starts[row + 1];
            let mut own = [zero; D];
            for axis in 0..D {
                own[axis] = simd.splat_f32s(points[row][axis]);
            }
            let mut sums = [zero; D];
            let columns = self.affinities.columns[range.clone()].chunks(COLLECTED);
            for (columns, values) in columns.zip(self.affinities.values[range].chunks(COLLECTED)) {
                for (column, place) in columns.iter().zip(&mut collected.0) {
                    *place = points[*column as usize];
                }
                let (values, _) = S::as_simd_f32s(values);
                let (others, _) = S::as_simd_f32s(collected.0.as_flattened()).0.as_chunks::<D>();
                for (p, others) in values.iter().zip(others) {
                    let others = axes::<S, D>(simd, *others);
                    let mut differences = [zero; D];
                    let mut square = one;
                    for axis in 0..D {
                        differences[axis] = simd.sub_f32s(own[axis], others[axis]);
                        square = simd.mul_add_f32s(differences[axis], differences[axis], square);
                    }
                    let pull = simd.div_f32s(*p, square);
                    for axis in 0..D {
                        sums[axis] = simd.mul_add_f32s(pull, differences[axis], sums[axis]);
                    }
                }
            }
            for axis in 0..D {
                force[axis] = simd.reduce_sum_f32s(sums[axis]);
            }
        }
    }
}
