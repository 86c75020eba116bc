//! Every query against every point, in blocks that stay in cache, with vectors.

use pulp::Arch;
use rayon::prelude::*;

use super::panels::{GROUP, Panels, unit_scale};
use crate::Table;

/// The `k` nearest points of every query, nearest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    k: usize,
    indices: Vec<u32>,
    distances: Vec<f32>,
}

/// Why there are no neighbours to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NeighboursError {
    /// More neighbours asked for than there are points, or none.
    #[error("{k} neighbours among {points} points: between 1 and {points} can be found")]
    Count {
        /// Neighbours asked for.
        k: usize,
        /// Points that a query can have as neighbours (without itself).
        points: usize,
    },

    /// Queries of another width than the points.
    #[error("queries of {queries} columns cannot be compared with points of {points} columns")]
    Columns {
        /// Columns of the queries.
        queries: usize,
        /// Columns of the points.
        points: usize,
    },
}

impl Neighbours {
    /// Neighbours of each query; at least 1.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Number of queries.
    pub fn rows(&self) -> usize {
        self.indices.len() / self.k
    }

    /// Rows of the neighbours of query `row` in the table, nearest first; of two at the same distance the
    /// lower row comes first.
    ///
    /// # Panics
    /// If `row` is not below [`rows`](Self::rows).
    pub fn indices(&self, row: usize) -> &[u32] {
        &self.indices[row * self.k..(row + 1) * self.k]
    }

    /// Euclidean distances of these neighbours, ascending.
    ///
    /// # Panics
    /// If `row` is not below [`rows`](Self::rows).
    pub fn distances(&self, row: usize) -> &[f32] {
        &self.distances[row * self.k..(row + 1) * self.k]
    }
}

/// The `k` nearest other rows of every row of `table`.
///
/// - **Exact**: ranked by the Euclidean distance computed in f64, ties by the lower row. A row is not its own
///   neighbour, its duplicates are.
/// - **Cost**: every pair is measured; 10,000 × 10 takes some hundredths of a second.
///
/// # Errors
/// [`NeighboursError::Count`] unless 1 ≤ `k` < rows.
///
/// ```
/// use analysis::{Table, neighbours};
///
/// let found = neighbours(Table::new(&[0.0, 1.0, 3.0, 7.0], 1)?, 2)?;
/// assert_eq!((found.indices(3), found.distances(3)), (&[2, 1][..], &[4.0, 6.0][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn neighbours(table: Table<'_>, k: usize) -> Result<Neighbours, NeighboursError> {
    search(table, table, k, true)
}

/// The `k` nearest rows of `points` for every row of `queries`; a point equal to the query counts.
///
/// Exact in the same sense as [`neighbours`].
///
/// # Errors
/// [`NeighboursError::Columns`] if the tables differ in columns, [`NeighboursError::Count`] unless
/// 1 ≤ `k` ≤ rows of `points`.
pub fn nearest(queries: Table<'_>, points: Table<'_>, k: usize) -> Result<Neighbours, NeighboursError> {
    search(queries, points, k, false)
}

fn search(
    queries: Table<'_>,
    points: Table<'_>,
    k: usize,
    same: bool,
) -> Result<Neighbours, NeighboursError> {
    if queries.columns() != points.columns() {
        return Err(NeighboursError::Columns { queries: queries.columns(), points: points.columns() });
    }
    let available = points.rows() - usize::from(same);
    if k == 0 || k > available {
        return Err(NeighboursError::Count { k, points: available });
    }
    let panels = Panels::of(points, unit_scale([queries.values(), points.values()]));
    // In many columns a tile of points is reread for every block: larger blocks read it less often.
    let block = if points.columns() < 64 { 32 } else { 128 };
    let mut indices = vec![0; queries.rows() * k];
    let mut distances = vec![0.0; queries.rows() * k];
    let places = indices.par_chunks_mut(block * k).zip(distances.par_chunks_mut(block * k));
    places.enumerate().for_each_init(Scratch::default, |scratch, (at, (indices, distances))| {
        let first = at * block;
        let rows: Vec<u32> = (first..first + indices.len() / k).map(|row| row as u32).collect();
        scratch.scan(&panels, queries, &rows, k, same);
        let found = indices.chunks_exact_mut(k).zip(distances.chunks_exact_mut(k));
        for ((indices, distances), (row, candidates)) in found.zip(rows.iter().zip(&mut scratch.candidates)) {
            let query = queries.row(*row as usize);
            Arch::new().dispatch(|| candidates.rank(query, points, &mut scratch.ranked));
            for (place, (square, index)) in scratch.ranked[..k].iter().enumerate() {
                indices[place] = *index;
                distances[place] = f64::from_bits(*square).sqrt() as f32;
            }
        }
    });
    Ok(Neighbours { k, indices, distances })
}

#[derive(Default)]
struct Scratch {
    queries: Vec<Vec<[f32; GROUP]>>,
    squares: Vec<f32>,
    candidates: Vec<Candidates>,
    ranked: Vec<(u64, u32)>,
}

impl Scratch {
    /// Leaves in `candidates` every point that may be among the `k` nearest of each row.
    fn scan(&mut self, panels: &Panels, table: Table<'_>, rows: &[u32], k: usize, same: bool) {
        self.candidates.resize_with(rows.len(), Candidates::default);
        self.candidates.iter_mut().for_each(|candidates| candidates.clear(k));
        let groups = rows.len().div_ceil(GROUP);
        self.queries.resize_with(groups.max(self.queries.len()), Vec::new);
        for (rows, queries) in rows.chunks(GROUP).zip(&mut self.queries) {
            panels.load(table, rows, queries);
        }
        let (tile, width) = (panels.tile(), panels.width());
        let slack = 1.0 + 4.0 * (table.columns() as f32 + 4.0) * f32::EPSILON;
        for first in (0..panels.count()).step_by(tile) {
            let end = (first + tile).min(panels.count());
            let places = (end - first) * width;
            let known = (panels.points() - first * width).min(places);
            self.squares.resize(GROUP * places, 0.0);
            let candidates = self.candidates.chunks_mut(GROUP);
            for ((rows, queries), candidates) in rows.chunks(GROUP).zip(&self.queries).zip(candidates) {
                panels.squares(queries, first, end, &mut self.squares);
                let squares = self.squares.chunks_exact(places);
                Arch::new().dispatch(|| {
                    for ((row, squares), candidates) in rows.iter().zip(squares).zip(candidates) {
                        let without = if same { *row } else { u32::MAX };
                        candidates.take(&squares[..known], (first * width) as u32, without, slack);
                    }
                });
            }
        }
    }
}

/// The points that may be among the nearest of one query. Distances in f32 rank them first; every point
/// within rounding of the k-th is kept, so the ranking in f64 that follows sees all that can matter.
#[derive(Default)]
struct Candidates {
    k: usize,
    /// Squared distance in the upper half, index in the lower: ordered as (distance, index).
    keys: Vec<u64>,
    /// No point beyond this can be among the nearest.
    bound: f32,
    /// Keys at which to drop those beyond the bound.
    full: usize,
}

impl Candidates {
    fn clear(&mut self, k: usize) {
        self.k = k;
        self.keys.clear();
        self.bound = f32::MAX;
        self.full = 2 * k + 32;
    }

    /// Takes the points `first..` at the given squared distances.
    #[inline(always)]
    fn take(&mut self, squares: &[f32], first: u32, without: u32, slack: f32) {
        const RUN: usize = 16;
        let (runs, rest) = squares.as_chunks::<RUN>();
        for (at, run) in runs.iter().enumerate() {
            let mut near = 0;
            for square in run {
                near |= u32::from(*square <= self.bound);
            }
            if near != 0 {
                self.take_run(run, first + (at * RUN) as u32, without, slack);
            }
        }
        let mut last = [f32::INFINITY; RUN];
        last[..rest.len()].copy_from_slice(rest);
        self.take_run(&last, first + (runs.len() * RUN) as u32, without, slack);
    }

    #[inline(always)]
    fn take_run<const RUN: usize>(&mut self, run: &[f32; RUN], first: u32, without: u32, slack: f32) {
        // Without branches: a key that is not wanted is written over by the next.
        let (mut keys, mut count) = ([0; RUN], 0);
        for (square, index) in run.iter().zip(first..) {
            keys[count] = (u64::from(square.to_bits()) << 32) | u64::from(index);
            count += usize::from((*square <= self.bound) & (index != without));
        }
        self.keys.extend_from_slice(&keys[..count]);
        if self.keys.len() >= self.full {
            self.tighten(slack);
        }
    }

    #[inline(never)]
    fn tighten(&mut self, slack: f32) {
        let (_, kth, _) = self.keys.select_nth_unstable(self.k - 1);
        // The second term is for squares so small that they lost digits.
        self.bound = f32::from_bits((*kth >> 32) as u32) * slack + 1e-36;
        let limit = u64::from(self.bound.to_bits()) << 32 | u64::from(u32::MAX);
        self.keys.retain(|key| *key <= limit);
        // Many points at the same distance: make room rather than sort them again and again.
        self.full = self.full.max(2 * self.keys.len());
    }

    /// Ranks the candidates by their squared distance in f64 (as bits, which order like the numbers) and index.
    #[inline(always)]
    fn rank(&mut self, query: &[f32], points: Table<'_>, ranked: &mut Vec<(u64, u32)>) {
        ranked.clear();
        ranked.extend(self.keys.iter().map(|key| {
            let index = *key as u32;
            (squared_distance(query, points.row(index as usize)).to_bits(), index)
        }));
        if ranked.len() > 2 * self.k {
            ranked.select_nth_unstable(self.k - 1);
            ranked.truncate(self.k);
        }
        ranked.sort_unstable();
    }
}

/// ‖a − b‖² in f64, in four sums so that additions do not wait for each other.
#[inline(always)]
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 4];
    let (a4, a) = a.as_chunks::<4>();
    let (b4, b) = b.as_chunks::<4>();
    for (a, b) in a4.iter().zip(b4) {
        for i in 0..4 {
            let difference = f64::from(a[i]) - f64::from(b[i]);
            sums[i] += difference * difference;
        }
    }
    let rest = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
