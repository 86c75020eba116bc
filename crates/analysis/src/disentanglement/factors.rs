//! Codes beside the factors that made their images.

use super::error::DisentanglementError;
use crate::table::Table;

/// What a factor's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// Names of classes, as whole numbers from 0 on; their order means nothing.
    Class,
    /// A quantity.
    Quantity,
}

/// Codes and the known factors of their images.
#[derive(Clone, Copy, Debug)]
pub struct KnownFactors<'a> {
    codes: Table<'a>,
    factors: Table<'a>,
    kinds: &'a [FactorKind],
}

impl<'a> KnownFactors<'a> {
    /// `codes` `[images, dims]` (posterior means, say), `factors` `[images, factors]`, and a kind for each factor.
    ///
    /// # Errors
    /// [`DisentanglementError`] for tables of different images, a wrong number of kinds, values that are no class,
    /// and factors that are the same for all images.
    pub fn new(
        codes: Table<'a>,
        factors: Table<'a>,
        kinds: &'a [FactorKind],
    ) -> Result<Self, DisentanglementError> {
        if codes.rows() != factors.rows() {
            return Err(DisentanglementError::Rows { codes: codes.rows(), factors: factors.rows() });
        }
        if kinds.len() != factors.columns() {
            return Err(DisentanglementError::Kinds { kinds: kinds.len(), factors: factors.columns() });
        }
        for (factor, kind) in kinds.iter().enumerate() {
            let value = |row: usize| factors.row(row)[factor];
            let no_class = |value: f32| value.fract() != 0.0 || !(0.0..=65_535.0).contains(&value);
            if *kind == FactorKind::Class
                && let Some(row) = (0..factors.rows()).find(|row| no_class(value(*row)))
            {
                return Err(DisentanglementError::Class { row, factor, value: value(row) });
            }
            if (1..factors.rows()).all(|row| value(row) == value(0)) {
                return Err(DisentanglementError::Constant { factor });
            }
        }
        Ok(Self { codes, factors, kinds })
    }

    /// The codes.
    pub fn codes(&self) -> Table<'a> {
        self.codes
    }

    /// The factors.
    pub fn factors(&self) -> Table<'a> {
        self.factors
    }

    /// What each factor's values are.
    pub fn kinds(&self) -> &'a [FactorKind] {
        self.kinds
    }

    pub(super) fn images(&self) -> usize {
        self.codes.rows()
    }

    pub(super) fn code(&self, j: usize) -> Vec<f64> {
        (0..self.images()).map(|row| f64::from(self.codes.row(row)[j])).collect()
    }

    pub(super) fn factor(&self, k: usize) -> Vec<f64> {
        (0..self.images()).map(|row| f64::from(self.factors.row(row)[k])).collect()
    }

    /// A factor's values as few levels: classes as they are, quantities in `bins` bins of equal width.
    pub(super) fn levels(&self, k: usize, bins: usize) -> Vec<usize> {
        match self.kinds[k] {
            FactorKind::Class => self.factor(k).into_iter().map(|value| value as usize).collect(),
            FactorKind::Quantity => in_bins(&self.factor(k), bins),
        }
    }

    /// Whether `test` has the same dimensions and factors.
    pub(super) fn check_test(&self, test: &KnownFactors<'_>) -> Result<(), DisentanglementError> {
        let columns = |known: &KnownFactors<'_>| [known.codes.columns(), known.factors.columns()];
        if columns(self) != columns(test) {
            return Err(DisentanglementError::Columns { test: columns(test), train: columns(self) });
        }
        Ok(())
    }
}

/// The bin of each value, of `bins` bins of equal width from the least to the greatest, which belongs to the last.
/// All values in bin 0 where they are equal.
pub(super) fn in_bins(values: &[f64], bins: usize) -> Vec<usize> {
    let least = values.iter().fold(f64::INFINITY, |least, value| least.min(*value));
    let greatest = values.iter().fold(f64::NEG_INFINITY, |greatest, value| greatest.max(*value));
    let bin = |value: &f64| {
        if greatest > least {
            (((value - least) / (greatest - least) * bins as f64) as usize).min(bins - 1)
        } else {
            0
        }
    };
    values.iter().map(bin).collect()
}
