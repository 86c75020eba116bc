//! [`place`]: new rows on a finished map.

use rayon::prelude::*;

use super::affinities::conditional;
use super::descent::sign;
use super::exact_repulsion::PackedPoints;
use super::settings::TsneError;
use crate::neighbours::nearest_points::nearest;
use crate::table::Table;

/// How new rows find their place; the defaults are openTSNE's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Effective number of neighbours; at least 1 and below the rows of the table.
    pub perplexity: f64,
    /// Neighbours whose median is the start.
    pub neighbours: usize,
    /// Iterations from there.
    pub iterations: usize,
    /// Factor on attraction.
    pub exaggeration: f32,
    /// Step size.
    pub learning_rate: f32,
    /// Longest gradient.
    pub longest_gradient: f32,
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            perplexity: 5.0,
            neighbours: 25,
            iterations: 250,
            exaggeration: 1.5,
            learning_rate: 0.1,
            longest_gradient: 0.25,
        }
    }
}

/// Places rows of `new` on the map that was made of `table`, without moving what is there.
///
/// - **Shapes**: `new` `[m, columns]`, `table` `[n, columns]`, `map` `[n, 2 or 3]` → `[m, 2 or 3]`.
/// - Each row is placed for itself: it starts at the median of its neighbours' places and descends KL(Pᵢ‖Qᵢ)
///   with the points of the map alone, as in openTSNE's `transform` (Poličar et al. 2021).
///
/// # Errors
/// [`TsneError`] if the tables do not fit each other or the perplexity not the table.
pub fn place(
    new: Table<'_>,
    table: Table<'_>,
    map: Table<'_>,
    settings: &Placement,
) -> Result<Vec<f32>, TsneError> {
    let rows = table.rows();
    if map.rows() != rows {
        return Err(TsneError::Rows { map: map.rows(), table: rows });
    }
    if new.columns() != table.columns() {
        return Err(TsneError::Columns { new: new.columns(), table: table.columns() });
    }
    let perplexity = settings.perplexity;
    if !(perplexity >= 1.0 && perplexity < rows as f64) {
        return Err(TsneError::Perplexity { perplexity, rows: rows + 1 });
    }
    match map.columns() {
        2 => descend::<2>(new, table, map, settings),
        3 => descend::<3>(new, table, map, settings),
        dimensions => Err(TsneError::Dimensions { dimensions }),
    }
}

fn descend<const D: usize>(
    new: Table<'_>,
    table: Table<'_>,
    map: Table<'_>,
    settings: &Placement,
) -> Result<Vec<f32>, TsneError> {
    let rows = table.rows();
    let perplexity = TsneError::Perplexity { perplexity: settings.perplexity, rows: rows + 1 };
    let count = ((3.0 * settings.perplexity) as usize).clamp(1, rows);
    let found = nearest(new, table, count.max(settings.neighbours.min(rows))).map_err(|_| perplexity)?;
    let near = nearest(new, table, count).map_err(|_| perplexity)?;
    let weights = conditional(&near, settings.perplexity);
    let (positions, _) = map.values().as_chunks::<D>();
    let others = PackedPoints::new(positions);
    let mut placed = vec![[0.0f32; D]; new.rows()];
    placed.par_chunks_mut(4).enumerate().for_each(|(group, places)| {
        for (i, place) in places.iter_mut().enumerate() {
            let around = &found.indices(group * 4 + i)[..settings.neighbours.clamp(1, found.k())];
            *place = std::array::from_fn(|axis| median(around.iter().map(|j| positions[*j as usize][axis])));
        }
        let (mut steps, mut gains) = ([[0.0f32; D]; 4], [[1.0f32; D]; 4]);
        for _ in 0..settings.iterations {
            let sums = others.sums(places);
            for (i, place) in places.iter_mut().enumerate() {
                let row = group * 4 + i;
                let (z, push) = sums[i];
                let mut gradient = push.map(|push| (-push / z) as f32);
                for (j, weight) in near.indices(row).iter().zip(&weights[row * count..]) {
                    let other = positions[*j as usize];
                    let difference: [f32; D] = std::array::from_fn(|axis| place[axis] - other[axis]);
                    let square: f32 = difference.iter().map(|d| d * d).sum();
                    let pull = settings.exaggeration * weight / (1.0 + square);
                    (0..D).for_each(|axis| gradient[axis] += pull * difference[axis]);
                }
                let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
                let shorter = (settings.longest_gradient / (length + 1e-6)).min(1.0);
                for axis in 0..D {
                    let gradient = gradient[axis] * shorter;
                    let (step, gain) = (&mut steps[i][axis], &mut gains[i][axis]);
                    let turned = sign(*step) != sign(gradient);
                    *gain = if turned { *gain + 0.2 } else { *gain * 0.8 + 0.01 };
                    *step = 0.8 * *step - settings.learning_rate * *gain * gradient;
                    place[axis] += *step;
                }
            }
        }
    });
    Ok(placed.into_flattened())
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { 0.5 * (values[middle - 1] + values[middle]) } else { values[middle] }
}
