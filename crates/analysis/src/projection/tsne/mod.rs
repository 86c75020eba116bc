//! t-SNE (van der Maaten & Hinton 2008): a map on which neighbours stay neighbours.

mod affinities;
mod attraction;
mod convolution;
mod descent;
mod exact_repulsion;
mod fourier;
mod frame;
mod grid;
mod grid_reader;
mod placement;
mod settings;
mod spline;

use std::ops::ControlFlow;

use random::Stream;

use self::affinities::Affinities;
use self::descent::{Descent, Phase, Repeller};
use super::pca::Pca;
use crate::neighbours::nearest_points::{compact_order, neighbours};
use crate::table::Table;
pub use placement::{Placement, place};
pub use settings::{Preset, Repulsion, Start, TsneError, TsneSettings};

/// A finished map.
#[derive(Clone, Debug, PartialEq)]
pub struct TsneMap {
    /// Positions, shape `[rows, dimensions]`, around 0.
    pub positions: Vec<f32>,
    /// Columns of the map.
    pub dimensions: usize,
    /// KL(P‖Q) in nats, lower is better: P without exaggeration, Q over every pair of points, computed in full
    /// whatever the map was made with.
    pub kl: f64,
    /// Iterations that ran.
    pub iterations: usize,
    /// Whether the caller ended it early.
    pub stopped: bool,
}

/// How far a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Iterations done.
    pub iteration: usize,
    /// Iterations in all.
    pub iterations: usize,
}

/// Maps the rows of `table` to two or three dimensions.
///
/// - **Shapes**: `[rows, columns]` → `[rows, dimensions]`.
/// - **Result**: a pure function of table and settings on one instruction set, whatever the number of threads.
/// - **Neighbours** are exact.
/// - `progress` is called after every iteration; returning `Break` ends the map there, which is still a map.
///
/// # Errors
/// [`TsneError`] for settings out of range, above all a perplexity that the rows cannot have.
///
/// ```
/// use analysis::{Preset, Table, TsneSettings, tsne};
/// use std::ops::ControlFlow;
///
/// let rows: Vec<f32> = (0..60).flat_map(|i| [(i / 20 * 10) as f32, (i % 20) as f32 * 0.1]).collect();
/// let settings = TsneSettings { perplexity: 5.0, ..TsneSettings::new(Preset::Sklearn) };
/// let map = tsne(Table::new(&rows, 2)?, &settings, |_| ControlFlow::Continue(()))?;
/// assert_eq!(map.positions.len(), 60 * 2);
/// assert!(map.kl < 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tsne(
    table: Table<'_>,
    settings: &TsneSettings,
    progress: impl FnMut(Progress) -> ControlFlow<()> + Send,
) -> Result<TsneMap, TsneError> {
    settings.check(table.rows())?;
    // On one of the threads that share the work: another would have to be woken after each of its many parts.
    rayon::scope(|_| match settings.dimensions {
        2 => map::<2>(table, settings, progress),
        dimensions => {
            debug_assert_eq!(dimensions, 3);
            map::<3>(table, settings, progress)
        }
    })
}

fn map<const D: usize>(
    table: Table<'_>,
    settings: &TsneSettings,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<TsneMap, TsneError> {
    let rows = table.rows();
    let perplexity = TsneError::Perplexity { perplexity: settings.perplexity, rows };
    let found = neighbours(table, settings.neighbours(rows)).map_err(|_| perplexity)?;
    // Points that are near each other are near in memory: most of what a point needs is then in the cache.
    let order = compact_order(table);
    let affinities = Affinities::symmetric::<D>(&found.renumbered(&order), settings.perplexity);
    drop(found);
    let start = start::<D>(table, settings);
    let start = order.iter().map(|row| start[*row as usize]).collect();
    let mut descent = Descent::new(start, Repeller::new(settings, rows));
    let iterations = settings.exaggerated_iterations + settings.iterations;
    let phases = [(settings.exaggerated_iterations, true), (settings.iterations, false)];
    let (mut done, mut stopped) = (0, false);
    'descent: for (count, exaggerated) in phases {
        let phase = Phase::new(settings, rows, exaggerated);
        descent.next_phase(settings.preset);
        for _ in 0..count {
            descent.iterate(&affinities, &phase);
            done += 1;
            if progress(Progress { iteration: done, iterations }).is_break() {
                stopped = done < iterations;
                break 'descent;
            }
        }
    }
    let kl = divergence(&affinities, &descent.points);
    let mut positions = vec![[0.0; D]; rows];
    order.iter().zip(&descent.points).for_each(|(row, point)| positions[*row as usize] = *point);
    let positions = positions.into_flattened();
    Ok(TsneMap { positions, dimensions: D, kl, iterations: done, stopped })
}

/// KL(P‖Q) = Σ p·ln p + Σ p·ln(1 + d²) + ln Z.
fn divergence<const D: usize>(affinities: &Affinities, points: &[[f32; D]]) -> f64 {
    let z = exact_repulsion::repulsion(points, &mut vec![[0.0; D]; points.len()]);
    affinities.negative_entropy() + attraction::stretch(affinities, points) + z.ln()
}

fn start<const D: usize>(table: Table<'_>, settings: &TsneSettings) -> Vec<[f32; D]> {
    const DEVIATION: f32 = 1e-4;
    let mut points = vec![[0.0; D]; table.rows()];
    Stream::new(settings.seed, "t-SNE start").normals(0, 0, points.as_flattened_mut());
    let components = D.min(table.columns()).min(table.rows());
    match Pca::fit(table, components) {
        Ok(pca) if settings.start == Start::Pca && pca.variances()[0] > 0.0 => {
            let scale = DEVIATION / pca.variances()[0].sqrt() as f32;
            // Only a table with the columns that it was fitted to is transformed here.
            let scores = pca.transform(table).unwrap_or_default();
            let known =
                pca.variances().iter().filter(|variance| **variance > 1e-12 * pca.variances()[0]).count();
            for (point, scores) in points.iter_mut().zip(scores.chunks_exact(components)) {
                for axis in 0..D {
                    point[axis] = if axis < known { scores[axis] * scale } else { point[axis] * DEVIATION };
                }
            }
        }
        _ => points.as_flattened_mut().iter_mut().for_each(|value| *value *= DEVIATION),
    }
    points
}

#[cfg(test)]
mod tests {
    use super::grid::Grid;
    use super::*;

    fn scattered(count: usize, radius: f32) -> Vec<[f32; 2]> {
        let mut points = vec![[0.0; 2]; count];
        Stream::new(3, "points").normals(0, 0, points.as_flattened_mut());
        // Clumps of different density, as in a map.
        let place = |(i, point): (usize, &[f32; 2])| {
            let centre = [((i % 7) as f32 * 2.1).sin(), ((i % 7) as f32 * 2.1).cos()];
            [0, 1].map(|axis| radius * (0.6 * centre[axis] + 0.12 * point[axis]))
        };
        points.iter().enumerate().map(place).collect()
    }

    #[test]
    fn the_grid_gives_the_repulsion_of_every_pair() {
        // The sparser the map, the more the nearest points matter, where the grid is least exact; 10,000 points
        // spread over a radius of about 90.
        let cases = [(0.01, 1e-3), (1.0, 1e-4), (10.0, 2e-3), (50.0, 5e-3), (90.0, 1e-2)];
        for (radius, tolerance) in cases {
            let points = scattered(3000, radius);
            let (mut exact, mut fast) = (vec![[0.0; 2]; 3000], vec![[0.0; 2]; 3000]);
            let z = super::exact_repulsion::repulsion(&points, &mut exact);
            let approximate = Grid::default().repulsion(&points, &mut fast);
            let norm = |a: &[f32]| a.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            let difference: Vec<f32> =
                exact.as_flattened().iter().zip(fast.as_flattened()).map(|(a, b)| a - b).collect();
            let error = norm(&difference) / norm(exact.as_flattened());
            assert!(error < tolerance, "radius {radius}: {error:e}");
            assert!((approximate / z - 1.0).abs() < 5e-4, "radius {radius}: Z {z} {approximate}");
        }
    }

    #[test]
    fn exact_repulsion_is_the_sum_over_pairs() {
        let points = scattered(101, 3.0);
        let mut forces = vec![[0.0; 2]; 101];
        let z = super::exact_repulsion::repulsion(&points, &mut forces);
        let mut total = 0.0;
        for (i, a) in points.iter().enumerate() {
            let mut force = [0.0f64; 2];
            for (j, b) in points.iter().enumerate().filter(|(j, _)| *j != i) {
                let d = [0, 1].map(|axis| f64::from(a[axis]) - f64::from(b[axis]));
                let q = 1.0 / (1.0 + d[0] * d[0] + d[1] * d[1]);
                total += q;
                force = [0, 1].map(|axis| force[axis] + q * q * d[axis]);
                assert_ne!(i, j);
            }
            assert!((0..2).all(|axis| (f64::from(forces[i][axis]) - force[axis]).abs() < 1e-4));
        }
        assert!((z / total - 1.0).abs() < 1e-6);
    }
}
