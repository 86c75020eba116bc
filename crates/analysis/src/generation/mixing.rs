//! Whether draws and real images can be told apart by their neighbours.

use super::error::{GenerationError, check};
use crate::neighbours::nearest_points::neighbours;
use crate::table::Table;

/// How draws and held-out images mix, by the nearest neighbours of each among both.
///
/// Schilling, *Multivariate two-sample tests based on nearest neighbors*, 1986, and Henze 1988, in both directions. Each
/// number is a share of neighbours of the other kind over the share that is expected where both have one
/// distribution, at most 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixing {
    /// Of draws, in [0, 1]; higher is better. Low where draws lie apart from all held-out images, or closer to each
    /// other: what they show is nothing or a blur.
    pub fidelity: f64,
    /// Of held-out images, in [0, 1]; higher is better. Low where no draws come near them: what draws show is one thing
    /// again and again, or noise.
    pub diversity: f64,
}

impl Mixing {
    /// The lesser of both.
    pub fn least(&self) -> f64 {
        self.fidelity.min(self.diversity)
    }
}

/// Measures how `draws` mix with `held_out` images, by the `k` nearest neighbours of each; both `[count, features]`.
///
/// Held-out images should have passed through the model, as draws have: then only where codes come from differs. Takes
/// (draws + held out)² · features steps.
///
/// # Errors
/// [`GenerationError`] for tables of other columns, or of fewer rows than two or k.
///
/// ```
/// use analysis::{Table, mixing};
///
/// let (held_out, draws) = ([0.0, 1.0, 2.0, 3.0], [0.4, 1.4, 2.4, 9.0]);
/// let found = mixing(Table::new(&held_out, 1)?, Table::new(&draws, 1)?, 1)?;
/// assert_eq!((found.fidelity, found.diversity), (1.0, 1.0)); // every nearest neighbour is of the other kind
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mixing(held_out: Table<'_>, draws: Table<'_>, k: usize) -> Result<Mixing, GenerationError> {
    check(held_out, draws)?;
    let all = [held_out.values(), draws.values()].concat();
    // Both are tables of finite numbers, and so is one over the other.
    let Ok(both) = Table::new(&all, held_out.columns()) else { return Err(GenerationError::Eigenvalues) };
    let (first, rows) = (held_out.rows(), both.rows());
    let found = neighbours(both, k)?;
    let is_draw = |row: usize| row >= first;
    let others = |range: std::ops::Range<usize>| {
        let (count, kind) = (range.len(), is_draw(range.start));
        let of = |row: usize| found.indices(row).iter().filter(|at| is_draw(**at as usize) != kind).count();
        let share = range.map(of).sum::<usize>() as f64 / (count * k) as f64;
        let expected = (rows - count) as f64 / (rows - 1) as f64;
        (share / expected).min(1.0)
    };
    Ok(Mixing { fidelity: others(first..rows), diversity: others(0..first) })
}
