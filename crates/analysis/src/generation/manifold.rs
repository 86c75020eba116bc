//! Precision, recall, density and coverage by nearest-neighbour balls.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::error::{GenerationError, check};
use crate::neighbours::nearest_points::neighbours;
use crate::neighbours::panels::{GROUP, Panels, unit_scale};
use crate::table::Table;

/// How two clouds of points overlap. A point's ball reaches to its k-th nearest neighbour of the same cloud (the
/// surface belongs to it).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manifolds {
    /// Share of generated points that lie in some real point's ball, in [0, 1]; higher is better.
    pub precision: f64,
    /// Share of real points that lie in some generated point's ball, in [0, 1]; higher is better.
    pub recall: f64,
    /// Mean over generated points of the number of real balls that hold them, over k; ≥ 0, 1 in expectation for
    /// equal distributions, higher is better.
    pub density: f64,
    /// Share of real balls that hold a generated point, in [0, 1]; higher is better.
    pub coverage: f64,
    /// Neighbours that set the balls' radii.
    pub k: usize,
}

/// Generated points that one task compares with all real ones.
const BLOCK: usize = 128;

/// Precision and recall of Kynkäänniemi et al., *Improved precision and recall metric for assessing generative
/// models*, NeurIPS 2019, and density and coverage of Naeem et al., *Reliable fidelity and diversity metrics for
/// generative models*, ICML 2020.
///
/// Exact: distances in f32 decide where they can, in f64 where a point lies within rounding of a surface. Takes
/// n² + m² + n·m distances.
///
/// # Errors
/// [`GenerationError`] for tables of other columns, or fewer than k + 1 rows.
///
/// ```
/// use analysis::{Table, manifolds};
///
/// let real = [0.0, 1.0, 2.0, 3.0];
/// let found = manifolds(Table::new(&real, 1)?, Table::new(&[0.5, 0.6, 9.0], 1)?, 1)?;
/// assert_eq!((found.precision, found.coverage), (2.0 / 3.0, 0.5)); // 9 lies in no real ball; 2 and 3 hold none
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn manifolds(real: Table<'_>, generated: Table<'_>, k: usize) -> Result<Manifolds, GenerationError> {
    check(real, generated)?;
    let (real_radii, generated_radii) = (radii(real, k)?, radii(generated, k)?);
    let scale = unit_scale([real.values(), generated.values()]);
    let panels = Panels::of(real, scale);
    let squared_scale = f64::from(scale) * f64::from(scale);
    let scaled = |radii: &[f64]| radii.iter().map(|r| (r * squared_scale) as f32).collect::<Vec<f32>>();
    let comparison = Comparison {
        real,
        generated,
        real_f32: scaled(&real_radii),
        generated_f32: scaled(&generated_radii),
        real_radii,
        generated_radii,
        // Twice the rounding of a squared distance of so many terms in f32.
        band: 8.0 * (real.columns() as f32 + 4.0) * f32::EPSILON,
        covered: (0..real.rows()).map(|_| AtomicBool::new(false)).collect(),
        recalled: (0..real.rows()).map(|_| AtomicBool::new(false)).collect(),
    };
    let rows: Vec<u32> = (0..generated.rows() as u32).collect();
    let held: Vec<u64> =
        rows.par_chunks(BLOCK).flat_map_iter(|rows| comparison.balls_around(&panels, rows)).collect();
    let share = |marks: &[AtomicBool]| {
        marks.iter().filter(|mark| mark.load(Ordering::Relaxed)).count() as f64 / marks.len() as f64
    };
    let generated = generated.rows() as f64;
    Ok(Manifolds {
        precision: held.iter().filter(|count| **count > 0).count() as f64 / generated,
        recall: share(&comparison.recalled),
        density: held.iter().sum::<u64>() as f64 / (k as f64 * generated),
        coverage: share(&comparison.covered),
        k,
    })
}

/// Squared distance of each row to its k-th nearest other row, in f64.
fn radii(table: Table<'_>, k: usize) -> Result<Vec<f64>, GenerationError> {
    let found = neighbours(table, k)?;
    let radius = |row: usize| exact_square(table.row(row), table.row(found.indices(row)[k - 1] as usize));
    Ok((0..table.rows()).into_par_iter().map(radius).collect())
}

fn exact_square(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

/// Squared radii, in f64 as they are and in f32 of the scaled points.
struct Comparison<'a> {
    real: Table<'a>,
    generated: Table<'a>,
    real_radii: Vec<f64>,
    generated_radii: Vec<f64>,
    real_f32: Vec<f32>,
    generated_f32: Vec<f32>,
    band: f32,
    /// Real points whose ball holds a generated point. Marks are only ever set, so their order does not matter.
    covered: Vec<AtomicBool>,
    /// Real points that lie in a generated point's ball.
    recalled: Vec<AtomicBool>,
}

impl Comparison<'_> {
    /// For each of the generated `rows` the number of real balls that hold it; marks real points.
    fn balls_around(&self, panels: &Panels, rows: &[u32]) -> Vec<u64> {
        let mut held = vec![0; rows.len()];
        let (width, tile) = (panels.width(), panels.tile());
        let mut queries = vec![Vec::new(); rows.len().div_ceil(GROUP)];
        for (rows, queries) in rows.chunks(GROUP).zip(&mut queries) {
            panels.load(self.generated, rows, queries);
        }
        let mut squares = Vec::new();
        for first in (0..panels.count()).step_by(tile) {
            let end = (first + tile).min(panels.count());
            let places = (end - first) * width;
            let start = first * width;
            let known = (panels.points() - start).min(places);
            squares.resize(GROUP * places, 0.0);
            for ((rows, held), queries) in rows.chunks(GROUP).zip(held.chunks_mut(GROUP)).zip(&queries) {
                panels.squares(queries, first, end, &mut squares);
                let squares = squares.chunks_exact(places);
                for ((row, held), squares) in rows.iter().zip(held).zip(squares) {
                    *held += self.compare(*row as usize, start, &squares[..known]);
                }
            }
        }
        held
    }

    fn compare(&self, row: usize, start: usize, squares: &[f32]) -> u64 {
        const RUN: usize = 16;
        let mut held = 0;
        let own = self.generated_f32[row];
        let low = 1.0 - self.band;
        let radii = &self.real_f32[start..start + squares.len()];
        for (at, (squares, radii)) in squares.chunks(RUN).zip(radii.chunks(RUN)).enumerate() {
            // Most runs are far from everything: one vector comparison passes them by.
            let near = squares
                .iter()
                .zip(radii)
                .fold(false, |near, (square, radius)| near | (square * low <= radius.max(own)));
            if near {
                for (lane, square) in squares.iter().enumerate() {
                    let real = start + at * RUN + lane;
                    if self.within(*square, radii[lane], row, real, self.real_radii[real]) {
                        held += 1;
                        self.covered[real].store(true, Ordering::Relaxed);
                    }
                    if self.within(*square, own, row, real, self.generated_radii[row]) {
                        self.recalled[real].store(true, Ordering::Relaxed);
                    }
                }
            }
        }
        held
    }

    /// Whether the distance of a generated and a real point is at most a radius.
    fn within(&self, square: f32, radius: f32, generated: usize, real: usize, exact: f64) -> bool {
        // Tiny squares have no relative precision in f32: they, too, are decided in f64.
        let unsure = (square - radius).abs() <= self.band * square.max(radius) + f32::MIN_POSITIVE;
        if unsure {
            exact_square(self.generated.row(generated), self.real.row(real)) <= exact
        } else {
            square <= radius
        }
    }
}
