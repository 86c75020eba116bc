//! Every query against every point, in blocks that stay in cache, with vectors.

use pulp::Arch;
use rayon::prelude::*;

use super::panels::{GROUP, Panels, unit_scale};
use crate::table::Table;

/// From so many columns on, boxes around points overlap and bounds exclude nothing.
const MANY: usize = 64;

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

    /// The same neighbours where row `order[i]` of the table is called i.
    pub(crate) fn renumbered(&self, order: &[u32]) -> Self {
        let mut numbers = vec![0u32; order.len()];
        order.iter().zip(0..).for_each(|(row, number)| numbers[*row as usize] = number);
        let rows = || order.iter().map(|row| *row as usize);
        let number = |row: &u32| numbers[*row as usize];
        Self {
            k: self.k,
            indices: rows().flat_map(|row| self.indices(row)).map(number).collect(),
            distances: rows().flat_map(|row| self.distances(row)).copied().collect(),
        }
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
    let scale = unit_scale([queries.values(), points.values()]);
    let order = compact_order(points);
    let field = Field::new(points, order, scale);
    let query_order = if same { field.order.clone() } else { compact_order(queries) };
    // In many columns a tile of points is reread for every block: larger blocks read it less often.
    let block = if points.columns() < MANY { 32 } else { 128 };
    let mut ordered = vec![(0u32, 0.0f32); queries.rows() * k];
    let blocks = ordered.par_chunks_mut(block * k).zip(query_order.par_chunks(block)).enumerate();
    blocks.for_each_init(Scratch::default, |scratch, (at, (places, rows))| {
        scratch.scan(&field, queries, rows, k, same.then_some(at * block));
        let found = places.chunks_exact_mut(k).zip(rows).zip(&mut scratch.candidates);
        for ((places, row), candidates) in found {
            let query = queries.row(*row as usize);
            Arch::new().dispatch(|| candidates.rank(query, points, &field.order, &mut scratch.ranked));
            for (place, (square, index)) in places.iter_mut().zip(&scratch.ranked) {
                *place = (*index, f64::from_bits(*square).sqrt() as f32);
            }
        }
    });
    let mut place_of = vec![0u32; queries.rows()];
    query_order.iter().zip(0..).for_each(|(row, place)| place_of[*row as usize] = place);
    let found = place_of.iter().flat_map(|place| &ordered[*place as usize * k..][..k]);
    let (indices, distances) = found.copied().unzip();
    Ok(Neighbours { k, indices, distances })
}

/// The points in an order in which those that follow each other are near, in tiles with their bounds.
struct Field {
    panels: Panels,
    /// Row of the table at each place.
    order: Vec<u32>,
    /// Panels in a tile.
    tile: usize,
    /// Least and greatest value of each column in each tile: shape `[tiles][columns]`.
    bounds: Vec<Vec<[f32; 2]>>,
}

impl Field {
    fn new(points: Table<'_>, order: Vec<u32>, scale: f32) -> Self {
        let panels = Panels::new(points, &order, scale);
        let tile = if points.columns() < MANY { panels.tile().min(4) } else { panels.tile() };
        let rows = order.par_chunks(tile * panels.width());
        let bounds = rows.map(|rows| bounds(points, rows, scale)).collect();
        Self { panels, order, tile, bounds }
    }
}

/// Least and greatest value of each column over some rows.
fn bounds(table: Table<'_>, rows: &[u32], scale: f32) -> Vec<[f32; 2]> {
    let mut bounds = vec![[f32::INFINITY, f32::NEG_INFINITY]; table.columns()];
    for row in rows {
        for (bound, value) in bounds.iter_mut().zip(table.row(*row as usize)) {
            *bound = [bound[0].min(value * scale), bound[1].max(value * scale)];
        }
    }
    bounds
}

/// Squared distance of two boxes: no point of one is nearer to one of the other.
fn gap(a: &[[f32; 2]], b: &[[f32; 2]]) -> f32 {
    let apart = |([al, ah], [bl, bh]): (&[f32; 2], &[f32; 2])| (al - bh).max(bl - ah).max(0.0).powi(2);
    a.iter().zip(b).map(apart).sum()
}

/// Rows ordered by halving along the widest column again and again. In many columns that separates nothing, and
/// rows stay as they are.
pub(crate) fn compact_order(table: Table<'_>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..table.rows() as u32).collect();
    if table.columns() < MANY {
        halve(table, &mut order);
    }
    order
}

fn halve(table: Table<'_>, rows: &mut [u32]) {
    const ENOUGH: usize = 16;
    if rows.len() <= ENOUGH {
        return;
    }
    let bounds = bounds(table, rows, 1.0);
    let widest = bounds.iter().enumerate().fold((0, f32::NEG_INFINITY), |widest, (column, [low, high])| {
        if high - low > widest.1 { (column, high - low) } else { widest }
    });
    let value = |row: &u32| table.row(*row as usize)[widest.0];
    let middle = (rows.len() / 2).next_multiple_of(ENOUGH);
    if middle < rows.len() {
        rows.select_nth_unstable_by(middle, |a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
    }
    let (low, high) = rows.split_at_mut(middle);
    rayon::join(|| halve(table, low), || halve(table, high));
}

#[derive(Default)]
struct Scratch {
    queries: Vec<Vec<[f32; GROUP]>>,
    boxes: Vec<Vec<[f32; 2]>>,
    tiles: Vec<(f32, usize)>,
    squares: Vec<f32>,
    candidates: Vec<Candidates>,
    ranked: Vec<(u64, u32)>,
}

impl Scratch {
    /// Leaves in `candidates` every point that may be among the `k` nearest of each row; `own` is the place of
    /// the first row among the points, if the rows are points.
    fn scan(&mut self, field: &Field, table: Table<'_>, rows: &[u32], k: usize, own: Option<usize>) {
        let panels = &field.panels;
        self.candidates.resize_with(rows.len(), Candidates::default);
        self.candidates.iter_mut().for_each(|candidates| candidates.clear(k));
        let groups = rows.len().div_ceil(GROUP);
        self.queries.resize_with(groups, Vec::new);
        self.boxes.clear();
        for (rows, queries) in rows.chunks(GROUP).zip(&mut self.queries) {
            panels.load(table, rows, queries);
            self.boxes.push(bounds(table, rows, panels.scale()));
        }
        // The nearest tiles first: the sooner the bounds are narrow, the less passes them.
        let whole = bounds(table, rows, panels.scale());
        self.tiles.clear();
        self.tiles.extend(field.bounds.iter().enumerate().map(|(tile, bounds)| (gap(&whole, bounds), tile)));
        self.tiles.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let width = panels.width();
        let slack = 1.0 + 4.0 * (table.columns() as f32 + 4.0) * f32::EPSILON;
        for (_, tile) in &self.tiles {
            let first = tile * field.tile;
            let end = (first + field.tile).min(panels.count());
            let places = (end - first) * width;
            let known = (panels.points() - first * width).min(places);
            self.squares.resize(GROUP * places, 0.0);
            let candidates = self.candidates.chunks_mut(GROUP);
            for (group, (queries, candidates)) in self.queries.iter().zip(candidates).enumerate() {
                let widest =
                    candidates.iter().fold(0.0f32, |widest, candidates| widest.max(candidates.bound));
                if gap(&self.boxes[group], &field.bounds[*tile]) > slack * widest {
                    continue;
                }
                panels.squares(queries, first, end, &mut self.squares[..GROUP * places]);
                let squares = self.squares.chunks_exact(places);
                Arch::new().dispatch(|| {
                    for (i, (squares, candidates)) in squares.zip(candidates).enumerate() {
                        let without = own.map_or(u32::MAX, |own| (own + group * GROUP + i) as u32);
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
    /// Squared distance in the upper half, place in the lower: ordered as (distance, place).
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
    fn rank(&mut self, query: &[f32], points: Table<'_>, order: &[u32], ranked: &mut Vec<(u64, u32)>) {
        // What was taken before the bound was as narrow as it is now.
        if self.keys.len() > self.k {
            self.tighten(1.0 + 4.0 * (query.len() as f32 + 4.0) * f32::EPSILON);
        }
        ranked.clear();
        ranked.extend(self.keys.iter().map(|key| {
            let index = order[*key as u32 as usize];
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
