//! Points that cover a cube more evenly than independent draws do.

use crate::Stream;

/// The scrambled Halton sequence: point *i* has in each dimension the digits of *i* in a prime base (2, 3, 5, …), mirrored
/// at the point, each replaced by a permutation of its own. Any stretch of points is spread evenly, and each is a
/// pure function of (seed, index): asking for more changes none of those before.
///
/// Source: A. B. Owen, *A randomized Halton algorithm in R*, arXiv:1706.02808 (2017).
///
/// ```
/// let halton = random::Halton::new(7, 2);
/// let points: Vec<Vec<f64>> = (0..6).map(|index| halton.point(index)).collect();
/// let halves: Vec<usize> = points.iter().map(|point| (2.0 * point[0]) as usize).collect();
/// assert!(halves.chunks(2).all(|pair| pair[0] != pair[1])); // one in each half, every two points
/// ```
#[derive(Clone, Debug)]
pub struct Halton {
    /// By dimension and digit.
    permutations: Vec<Vec<Vec<u32>>>,
}

impl Halton {
    /// The sequence of `seed` in so many dimensions.
    pub fn new(seed: u64, dimensions: usize) -> Self {
        let stream = Stream::new(seed, "halton digits");
        Self::permuted(dimensions, |dimension, digit, base| {
            stream.permutation((dimension as u64) << 32 | digit as u64, base)
        })
    }

    /// With the permutations that `of` gives for a dimension, a digit (from 0) and a base.
    fn permuted(dimensions: usize, of: impl Fn(usize, usize, usize) -> Vec<u32>) -> Self {
        let permutations = primes().take(dimensions).enumerate().map(|(dimension, base)| {
            // As many digits as a number in [0, 1) has bits for.
            let digits = (54.0 / (base as f64).log2()).ceil() as usize - 1;
            (0..digits).map(|digit| of(dimension, digit, base)).collect()
        });
        Self { permutations: permutations.collect() }
    }

    /// Point number `index`, a coordinate in [0, 1) for each dimension.
    pub fn point(&self, index: u64) -> Vec<f64> {
        self.permutations.iter().map(|digits| coordinate(digits, index)).collect()
    }
}

fn coordinate(digits: &[Vec<u32>], index: u64) -> f64 {
    let (mut rest, mut sum, mut place) = (index, 0.0, 1.0);
    for permutation in digits {
        let base = permutation.len() as u64;
        place /= base as f64;
        sum += f64::from(permutation[(rest % base) as usize]) * place;
        rest /= base;
    }
    sum.min(1.0 - f64::EPSILON / 2.0)
}

fn primes() -> impl Iterator<Item = usize> {
    (2..).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sequence as first published, in bases 2 and 3: J. H. Halton, Numer. Math. 2 (1960).
    #[test]
    fn unscrambled_it_is_the_published_sequence() {
        let plain = Halton::permuted(2, |_, _, base| (0..base as u32).collect());
        let expected = [
            [0.0, 0.0],
            [1.0 / 2.0, 1.0 / 3.0],
            [1.0 / 4.0, 2.0 / 3.0],
            [3.0 / 4.0, 1.0 / 9.0],
            [1.0 / 8.0, 4.0 / 9.0],
            [5.0 / 8.0, 7.0 / 9.0],
        ];
        for (index, point) in expected.iter().enumerate() {
            for (a, b) in plain.point(index as u64).iter().zip(point) {
                assert!((a - b).abs() < 1e-15, "{index}: {a} {b}");
            }
        }
    }

    /// SciPy's van der Corput sequences with these permutations, as `scripts/halton_cases.py` stores them.
    #[test]
    fn scrambled_it_is_that_of_scipy() {
        let halton = Halton::permuted(5, |_, digit, base| {
            (0..base).map(|d| (((1 + digit % (base - 1)) * d + digit) % base) as u32).collect()
        });
        let cases = include_str!("../tests/halton.csv");
        let mut count = 0;
        for (index, line) in cases.lines().enumerate() {
            let expected: Vec<f64> = line.split(',').map(|number| number.parse().unwrap()).collect();
            for (a, b) in halton.point(index as u64).iter().zip(&expected) {
                assert!((a - b).abs() < 1e-15, "{index}: {a} {b}");
            }
            count += expected.len();
        }
        assert_eq!(count, 5 * 64);
    }

    #[test]
    fn seeds_differ_and_points_stay() {
        let (first, other) = (Halton::new(1, 3), Halton::new(2, 3));
        assert_ne!(first.point(5), other.point(5));
        assert_eq!(first.point(5), Halton::new(1, 3).point(5));
        assert_eq!(first.point(5)[..2], Halton::new(1, 2).point(5)[..], "a further dimension changes none");
    }

    /// Every cell of a partition by the bases holds one of as many points.
    #[test]
    fn every_cell_holds_one_point() {
        let halton = Halton::new(3, 3);
        for start in [0, 30, 90] {
            let mut cells: Vec<[usize; 3]> = (start..start + 30)
                .map(|index| {
                    let point = halton.point(index);
                    std::array::from_fn(|d| (point[d] * [2.0, 3.0, 5.0][d]) as usize)
                })
                .collect();
            cells.sort_unstable();
            cells.dedup();
            assert_eq!(cells.len(), 30);
        }
    }
}
