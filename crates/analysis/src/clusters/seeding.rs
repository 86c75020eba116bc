//! First centres of k-means.

use random::Cursor;
use rayon::prelude::*;

use super::point_panels::PointPanels;
use crate::neighbours::panels::GROUP;

/// Points whose weights are summed together.
const CHUNK: usize = 1024;

/// Squared distances to the nearest centre so far, and their sums over chunks of points.
struct Weights {
    squares: Vec<f32>,
    sums: Vec<f64>,
}

impl Weights {
    fn total(&self) -> f64 {
        self.sums.iter().sum()
    }

    /// The first row at which the running sum of weights exceeds `share`; the last one that weighs anything where
    /// rounding leaves none, and row 0 where all weigh nothing (all points are centres already).
    fn pick(&self, share: f64) -> usize {
        let (mut sum, mut last) = (0.0, 0);
        for (chunk, (squares, whole)) in self.squares.chunks(CHUNK).zip(&self.sums).enumerate() {
            if sum + whole <= share && chunk + 1 < self.sums.len() {
                sum += whole;
                last = if *whole > 0.0 { chunk } else { last };
                continue;
            }
            let mut within = sum;
            for (row, weight) in squares.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                within += f64::from(*weight);
                if within > share {
                    return chunk * CHUNK + row;
                }
            }
            sum += whole;
            last = if *whole > 0.0 { chunk } else { last };
        }
        let mut squares = self.squares[last * CHUNK..].iter().take(CHUNK);
        squares.rposition(|weight| *weight > 0.0).map_or(0, |row| last * CHUNK + row)
    }
}

/// k-means++: each next centre is a point drawn with probability proportional to its squared distance to the
/// centres so far; of a few candidates the one that lowers the sum of these distances most.
pub(super) fn first_centres(point_panels: &PointPanels<'_>, count: usize, mut cursor: Cursor) -> Vec<f64> {
    let rows = point_panels.points.rows();
    let centre = |row: usize| point_panels.points.row(row).iter().map(|value| f64::from(*value));
    let first = cursor.below(rows as u32) as usize;
    let mut centres: Vec<f64> = centre(first).collect();
    let everywhere = Weights { squares: vec![f32::INFINITY; rows], sums: Vec::new() };
    let [mut nearest, ..] = with_candidates(point_panels, &everywhere, &[first]);
    let candidates = 2 + (count as f64).ln() as usize;
    for _ in 1..count {
        let total = nearest.total();
        // 48 random bits: 24 would leave out points among many millions.
        let share = |cursor: &mut Cursor| {
            (f64::from(cursor.uniform()) + f64::from(cursor.uniform()) / 16_777_216.0) * total
        };
        let drawn: Vec<usize> = (0..candidates).map(|_| nearest.pick(share(&mut cursor))).collect();
        let mut best: Option<(usize, Weights)> = None;
        for drawn in drawn.chunks(GROUP) {
            for (row, after) in drawn.iter().zip(with_candidates(point_panels, &nearest, drawn)) {
                // The earlier candidate where two are equally good.
                if best.as_ref().is_none_or(|(_, best)| after.total() < best.total()) {
                    best = Some((*row, after));
                }
            }
        }
        if let Some((row, after)) = best {
            centres.extend(centre(row));
            nearest = after;
        }
    }
    centres
}

/// The weights after each of up to four rows became a centre; missing ones repeat the last.
fn with_candidates(point_panels: &PointPanels<'_>, before: &Weights, rows: &[usize]) -> [Weights; GROUP] {
    let (panels, points) = (&point_panels.panels, point_panels.points.rows());
    let rows: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
    let mut queries = Vec::new();
    panels.load(point_panels.points, &rows, &mut queries);
    // A chunk of points is a whole number of panels.
    let per_chunk = CHUNK / panels.width();
    let chunks: Vec<([Vec<f32>; GROUP], [f64; GROUP])> = (0..points.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let (first, end) = (chunk * per_chunk, panels.count().min((chunk + 1) * per_chunk));
            let places = (end - first) * panels.width();
            let mut squares = vec![0.0; GROUP * places];
            panels.squares(&queries, first, end, &mut squares);
            let before = &before.squares[chunk * CHUNK..points.min((chunk + 1) * CHUNK)];
            let after = std::array::from_fn(|i| {
                let pairs = squares[i * places..].iter().zip(before);
                pairs.map(|(square, before)| square.min(*before)).collect::<Vec<f32>>()
            });
            let sums = std::array::from_fn(|i| sum(&after[i]));
            (after, sums)
        })
        .collect();
    std::array::from_fn(|i| Weights {
        squares: chunks.iter().flat_map(|(after, _)| &after[i]).copied().collect(),
        sums: chunks.iter().map(|(_, sums)| sums[i]).collect(),
    })
}

/// In eight sums, so that additions do not wait for each other.
fn sum(values: &[f32]) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut sums = [0.0f64; 8];
    for values in eights {
        (0..8).for_each(|i| sums[i] += f64::from(values[i]));
    }
    sums.iter().sum::<f64>() + rest.iter().map(|value| f64::from(*value)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_picked_by_their_weight() {
        let weights = |squares: Vec<f32>| {
            let sums = squares.chunks(CHUNK).map(sum).collect();
            Weights { squares, sums }
        };
        let few = weights(vec![0.0, 2.0, 0.0, 1.0, 0.0]);
        assert_eq!([0.0, 1.9, 2.0, 2.9, 3.0, 9.0].map(|share| few.pick(share)), [1, 1, 3, 3, 3, 3]);
        assert_eq!(weights(vec![0.0; 3000]).pick(0.0), 0);
        let mut many = vec![0.0; 5000];
        (many[1023], many[1024], many[3000]) = (1.0, 2.0, 4.0);
        let many = weights(many);
        assert_eq!(
            [0.5, 1.0, 2.5, 3.0, 6.9, 7.0].map(|share| many.pick(share)),
            [1023, 1024, 1024, 3000, 3000, 3000]
        );
    }
}
