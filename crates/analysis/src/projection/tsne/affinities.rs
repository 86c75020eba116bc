//! [`Affinities`]: how near points are in the table, as probabilities of pairs.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::exponential::exp_of_negative;
use crate::neighbours::nearest_points::Neighbours;

/// Rows have whole multiples of so many entries; the entries that fill up have probability 0.
pub(super) const RUN: usize = 16;

/// P of pairs (i, j), zero but for neighbours: rows one after the other, each a multiple of [`RUN`] long.
pub(super) struct Affinities {
    pub(super) starts: Vec<usize>,
    pub(super) columns: Vec<u32>,
    /// In each run, the value at `place` is that of the column at `lanes[place]`.
    pub(super) values: Vec<f32>,
    lanes: [usize; RUN],
}

/// The coordinates of a vector's points, each in a vector of its own, from points one after the other; in the order
/// that [`lanes`] finds.
#[inline(always)]
pub(super) fn axes<S: Simd, const D: usize>(simd: S, points: [S::f32s; D]) -> [S::f32s; D] {
    let mut axes = points;
    if D == 2 {
        axes.copy_from_slice(&simd.deinterleave_shfl_f32s([points[0], points[D - 1]]));
    } else {
        axes.copy_from_slice(&simd.deinterleave_shfl_f32s([points[0], points[1], points[D - 1]]));
    }
    axes
}

/// In which order the points of a run lie in the vectors of [`axes`]: another one on every instruction set.
fn lanes<const D: usize>() -> [usize; RUN] {
    struct Order<const D: usize>;
    impl<const D: usize> WithSimd for Order<D> {
        type Output = [usize; RUN];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [usize; RUN] {
            let places: [[f32; D]; RUN] = std::array::from_fn(|place| [place as f32; D]);
            let (vectors, _) = S::as_simd_f32s(places.as_flattened());
            let (vectors, _) = vectors.as_chunks::<D>();
            let mut found = [0.0f32; RUN];
            for (to, points) in S::as_mut_simd_f32s(&mut found).0.iter_mut().zip(vectors) {
                *to = axes::<S, D>(simd, *points)[0];
            }
            found.map(|place| place as usize)
        }
    }
    Arch::new().dispatch(Order::<D>)
}

impl Affinities {
    /// P = (P(j|i) + P(i|j)) / 2n, symmetric, summing to 1, for maps of `D` dimensions.
    pub(super) fn symmetric<const D: usize>(found: &Neighbours, perplexity: f64) -> Self {
        let (rows, k) = (found.rows(), found.k());
        let conditional = conditional(found, perplexity);
        // Who names j as a neighbour, and with which probability: the transpose.
        let mut starts = vec![0usize; rows + 1];
        let named = |row: usize| found.indices(row).iter().map(|j| *j as usize);
        (0..rows).flat_map(named).for_each(|j| starts[j + 1] += 1);
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        let mut places = starts.clone();
        let mut transposed = vec![(0u32, 0.0f32); rows * k];
        for row in 0..rows {
            for (j, value) in named(row).zip(&conditional[row * k..]) {
                transposed[places[j]] = (row as u32, *value);
                places[j] += 1;
            }
        }
        let scale = 0.5 / rows as f32;
        let own = |row: usize| found.indices(row).iter().copied().zip(conditional[row * k..].iter().copied());
        const CHUNK: usize = 128;
        type Rows = (Vec<usize>, Vec<(u32, f32)>);
        let chunks: Vec<Rows> = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let (mut lengths, mut entries, mut line) = (Vec::new(), Vec::new(), Vec::new());
                for row in chunk * CHUNK..rows.min((chunk + 1) * CHUNK) {
                    line.clear();
                    line.extend(own(row).chain(transposed[starts[row]..starts[row + 1]].iter().copied()));
                    line.sort_unstable_by_key(|(column, _)| *column);
                    // A pair that is there twice names each other; the order of two summands does not matter.
                    line.dedup_by(|second, first| {
                        let same = first.0 == second.0;
                        first.1 += if same { second.1 } else { 0.0 };
                        same
                    });
                    let filled = line.len().next_multiple_of(RUN);
                    line.resize(filled, (row as u32, 0.0));
                    lengths.push(filled);
                    entries.extend(line.iter().map(|(column, value)| (*column, value * scale)));
                }
                (lengths, entries)
            })
            .collect();
        let mut starts = vec![0];
        let lengths = chunks.iter().flat_map(|(lengths, _)| lengths);
        starts.extend(lengths.scan(0, |end, length| {
            *end += length;
            Some(*end)
        }));
        let entries = || chunks.iter().flat_map(|(_, entries)| entries);
        let columns = entries().map(|(column, _)| *column).collect();
        let mut values: Vec<f32> = entries().map(|(_, value)| *value).collect();
        let lanes = lanes::<D>();
        for run in values.as_chunks_mut::<RUN>().0 {
            *run = lanes.map(|place| run[place]);
        }
        Self { starts, columns, values, lanes }
    }

    /// Columns of a row and their P.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> {
        let range = self.starts[row]..self.starts[row + 1];
        let (columns, values) = (&self.columns[range.clone()], &self.values[range]);
        let runs = columns.as_chunks::<RUN>().0.iter().zip(values.as_chunks::<RUN>().0);
        runs.flat_map(|(columns, values)| self.lanes.iter().map(|place| columns[*place]).zip(*values))
    }

    /// Σ p ln p over all pairs.
    pub(super) fn negative_entropy(&self) -> f64 {
        let term = |p: &f32| if *p > 0.0 { f64::from(*p) * f64::from(*p).ln() } else { 0.0 };
        let rows: Vec<f64> = self.values.par_chunks(4096).map(|row| row.iter().map(term).sum()).collect();
        rows.into_iter().sum()
    }
}

/// P(j|i) of each row's neighbours, summing to 1 in each row: Gaussians of the width at which the entropy is
/// ln(perplexity). Where that cannot be (more points at the smallest distance than the perplexity, say) it is as
/// close as can be.
pub(super) fn conditional(found: &Neighbours, perplexity: f64) -> Vec<f32> {
    let k = found.k();
    let mut values = vec![0.0; found.rows() * k];
    values.par_chunks_mut(k).enumerate().with_min_len(32).for_each_init(
        || (Vec::new(), Vec::new()),
        |(squares, weights), (row, out)| {
            squares.clear();
            let nearest = f64::from(found.distances(row)[0]).powi(2);
            squares.extend(found.distances(row).iter().map(|d| f64::from(*d).powi(2) - nearest));
            let mean = squares.iter().sum::<f64>() / k as f64;
            if mean > 0.0 {
                squares.iter_mut().for_each(|square| *square /= mean);
            }
            weigh(squares, perplexity, weights);
            out.iter_mut().zip(&*weights).for_each(|(out, weight)| *out = *weight as f32);
        },
    );
    values
}

/// Finds β such that the probabilities e^(−β·square) have entropy ln(perplexity), by Newton's method on ln β,
/// kept within a bracket that each step narrows.
fn weigh(squares: &[f64], perplexity: f64, weights: &mut Vec<f64>) {
    let wanted = perplexity.ln();
    let (mut low, mut high, mut log_beta) = (-60.0f64, 60.0f64, 0.0f64);
    for _ in 0..100 {
        let beta = log_beta.exp();
        weights.clear();
        weights.extend(squares.iter().map(|square| exp_of_negative(-beta * square)));
        let [mut sum, mut first, mut second] = [0.0; 3];
        for (weight, square) in weights.iter().zip(squares) {
            sum += weight;
            first += weight * square;
            second += weight * square * square;
        }
        weights.iter_mut().for_each(|weight| *weight /= sum);
        let mean = first / sum;
        let excess = sum.ln() + beta * mean - wanted;
        if excess.abs() < 1e-9 || high - low < 1e-9 {
            return;
        }
        *(if excess > 0.0 { &mut low } else { &mut high }) = log_beta;
        // dH / d ln β = −β²·Var(square)
        let slope = -beta * beta * (second / sum - mean * mean);
        let next = log_beta - excess / slope;
        log_beta = if next > low && next < high { next } else { 0.5 * (low + high) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::nearest_points::neighbours;
    use crate::table::Table;

    #[test]
    fn every_row_has_the_wanted_perplexity_and_pairs_are_symmetric() {
        let values: Vec<f32> = (0..400 * 3).map(|i| ((i * i) as f32 * 0.613).sin() * 7.0).collect();
        let found = neighbours(Table::new(&values, 3).unwrap(), 61).unwrap();
        for row in conditional(&found, 20.0).chunks_exact(61) {
            let entropy: f64 = row.iter().map(|p| f64::from(*p)).map(|p| -p * p.max(1e-300).ln()).sum();
            assert!((entropy.exp() - 20.0).abs() < 1e-4, "{}", entropy.exp());
        }
        let pairs = Affinities::symmetric::<2>(&found, 20.0);
        assert!((pairs.values.iter().map(|p| f64::from(*p)).sum::<f64>() - 1.0).abs() < 1e-6);
        for i in 0..400 {
            for (j, p) in pairs.row(i).filter(|(_, p)| *p > 0.0) {
                let back = pairs.row(j as usize).find(|(column, _)| *column == i as u32);
                assert_eq!(back, Some((i as u32, p)));
            }
        }
        // The order of lanes changes nothing but the order.
        let solid = Affinities::symmetric::<3>(&found, 20.0);
        for i in 0..400 {
            let sorted = |pairs: &Affinities| {
                let mut row: Vec<_> = pairs.row(i).map(|(j, p)| (j, p.to_bits())).collect();
                row.sort_unstable();
                row
            };
            assert_eq!(sorted(&pairs), sorted(&solid));
        }
    }

    #[test]
    fn equal_distances_get_equal_weights() {
        let mut weights = Vec::new();
        weigh(&[0.0; 12], 5.0, &mut weights);
        assert!(weights.iter().all(|weight| (weight - 1.0 / 12.0).abs() < 1e-15));
        weigh(&[0.0, 0.0, 0.0, 0.0, 1.0, 2.0], 3.0, &mut weights);
        assert!((weights[3] - 0.25).abs() < 1e-9 && weights[4] < 1e-9, "{weights:?}");
    }
}
