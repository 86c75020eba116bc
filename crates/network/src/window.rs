//! Windows that sweep over an image: their sizes, steps, borders, and how many there are. Semantics are Keras'.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Rows and columns; a recipe may write one number for both. Displays as `3 × 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PairForm", into = "PairForm")]
pub struct Pair {
    /// Along the height.
    pub rows: usize,
    /// Along the width.
    pub columns: usize,
}

impl Pair {
    /// The same number for both.
    pub const fn square(n: usize) -> Self {
        Self { rows: n, columns: n }
    }

    pub(crate) fn one() -> Self {
        Self::square(1)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.rows, self.columns)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number or [rows, columns]")]
enum PairForm {
    One(usize),
    Two([usize; 2]),
}

impl From<PairForm> for Pair {
    fn from(form: PairForm) -> Self {
        match form {
            PairForm::One(n) => Pair::square(n),
            PairForm::Two([rows, columns]) => Pair { rows, columns },
        }
    }
}

impl From<Pair> for PairForm {
    fn from(pair: Pair) -> Self {
        if pair.rows == pair.columns {
            PairForm::One(pair.rows)
        } else {
            PairForm::Two([pair.rows, pair.columns])
        }
    }
}

/// What a window does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Only whole windows.
    #[default]
    Valid,
    /// Output size ⌈input / stride⌉; the odd zero goes below and right.
    Same,
}

/// Output size of a window sweep over `n` pixels; `None` where no whole window fits.
pub fn window(n: usize, size: usize, stride: usize, padding: Padding) -> Option<usize> {
    match padding {
        Padding::Same => Some(n.div_ceil(stride)),
        Padding::Valid => n.checked_sub(size).map(|rest| rest / stride + 1),
    }
}

/// Pixels before the first one that the first of `out` windows covers: Keras puts the odd one behind.
pub fn padding_before(n: usize, out: usize, size: usize, stride: usize, padding: Padding) -> usize {
    match padding {
        Padding::Same => padding_total(n, out, size, stride) / 2,
        Padding::Valid => 0,
    }
}

/// Pixels that `out` windows cover beyond the `n` that there are, before and behind together.
pub fn padding_total(n: usize, out: usize, size: usize, stride: usize) -> usize {
    ((out - 1).saturating_mul(stride).saturating_add(size)).saturating_sub(n)
}
