//! [`MapQuality`]: how much of the neighbourhoods of a table a map keeps.

use rayon::prelude::*;

use crate::neighbours::nearest_points::{Neighbours, neighbours};
use crate::neighbours::panels::{GROUP, Panels, unit_scale};
use crate::table::Table;

/// How well a map keeps the `k` nearest neighbours. All in [0, 1], higher is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapQuality {
    /// 1 − 2/(n·k·(2n − 3k − 1)) · Σ max(0, r − k) over the `k` nearest on the map, r their rank in the table:
    /// below 1 where the map shows neighbours that are none (Venna & Kaski 2001).
    pub trustworthiness: f64,
    /// The same with table and map exchanged: below 1 where neighbours are torn apart on the map.
    pub continuity: f64,
    /// Share of the `k` nearest in the table that are among the `k` nearest on the map.
    pub preservation: f64,
}

/// Why a map cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapQualityError {
    /// A map of another length than its table.
    #[error("a map of {map} rows does not belong to a table of {table} rows")]
    Rows {
        /// Rows of the map.
        map: usize,
        /// Rows of the table.
        table: usize,
    },

    /// More neighbours than the measure is defined for, or none.
    #[error("{k} neighbours among {rows} rows: must be at least 1 and fewer than half of the rows")]
    Neighbours {
        /// Neighbours asked for.
        k: usize,
        /// Rows of the table.
        rows: usize,
    },
}

/// Compares the `k` nearest neighbours of every row in `table` and on `map`; equal distances rank by the lower row.
/// Trustworthiness equals scikit-learn's `trustworthiness`.
///
/// # Errors
/// [`MapQualityError`] if the tables differ in rows, and unless 1 ≤ `k` < rows/2.
///
/// ```
/// use analysis::{Table, map_quality};
///
/// let table = Table::new(&[0.0, 1.0, 2.0, 3.0, 4.0], 1)?;
/// let folded = Table::new(&[0.0, 2.0, 4.0, 1.0, 3.0], 1)?;
/// let quality = map_quality(table, folded, 1)?;
/// assert!((quality.trustworthiness - 0.2).abs() < 1e-12);
/// assert_eq!(map_quality(table, table, 1)?.preservation, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn map_quality(table: Table<'_>, map: Table<'_>, k: usize) -> Result<MapQuality, MapQualityError> {
    let rows = table.rows();
    if map.rows() != rows {
        return Err(MapQualityError::Rows { map: map.rows(), table: rows });
    }
    let refused = MapQualityError::Neighbours { k, rows };
    if k == 0 || 2 * k >= rows {
        return Err(refused);
    }
    let near = neighbours(table, k).map_err(|_| refused)?;
    let shown = neighbours(map, k).map_err(|_| refused)?;
    let kept: usize =
        (0..rows).into_par_iter().map(|row| shared(near.indices(row), shown.indices(row))).sum();
    let (n, k) = (rows as f64, k as f64);
    let worst = 0.5 * n * k * (2.0 * n - 3.0 * k - 1.0);
    Ok(MapQuality {
        trustworthiness: 1.0 - strangers(table, &near, &shown) as f64 / worst,
        continuity: 1.0 - strangers(map, &shown, &near) as f64 / worst,
        preservation: kept as f64 / (n * k),
    })
}

fn shared(a: &[u32], b: &[u32]) -> usize {
    a.iter().filter(|index| b.contains(index)).count()
}

/// Σ (rank in `table` − k) over the neighbours that are `named` and not among the `near` ones of the table.
fn strangers(table: Table<'_>, near: &Neighbours, named: &Neighbours) -> u64 {
    let panels = Panels::of(table, unit_scale([table.values()]));
    let (rows, k, places) = (table.rows(), near.k(), panels.count() * panels.width());
    let groups = (0..rows.div_ceil(GROUP)).into_par_iter();
    let scratch = || (Vec::new(), vec![0.0f32; GROUP * places]);
    let sums = groups.map_init(scratch, |(queries, squares), group| {
        let members: Vec<u32> =
            (group * GROUP..rows.min((group + 1) * GROUP)).map(|row| row as u32).collect();
        panels.load(table, &members, queries);
        let mut sum = 0;
        if members.iter().any(|row| shared(near.indices(*row as usize), named.indices(*row as usize)) < k) {
            panels.squares(queries, 0, panels.count(), squares);
            for (row, squares) in members.iter().zip(squares.chunks_exact_mut(places)) {
                let (row, squares) = (*row as usize, &mut squares[..rows]);
                squares[row] = f32::INFINITY;
                let strangers = named.indices(row).iter().filter(|j| !near.indices(row).contains(j));
                sum += strangers.map(|j| rank(squares, *j as usize).saturating_sub(k) as u64).sum::<u64>();
            }
        }
        sum
    });
    sums.sum()
}

/// Place of point `j` in the order of distance, from 1; equal distances rank by index.
fn rank(squares: &[f32], j: usize) -> usize {
    let (before, after) = squares.split_at(j);
    let nearer = |count: fn(f32, f32) -> bool, points: &[f32]| {
        points
            .chunks(4096)
            .map(|run| run.iter().map(|d| u32::from(count(*d, squares[j]))).sum::<u32>() as usize)
            .sum::<usize>()
    };
    1 + nearer(|d, own| d <= own, before) + nearer(|d, own| d < own, &after[1..])
}
