//! Where codes lie: range, centre and spread.

use crate::table::Table;

/// Where codes lie in their space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeSpread {
    /// The smallest coordinate of any code.
    pub low: f64,
    /// The largest coordinate of any code.
    pub high: f64,
    /// Euclidean distance of the codes' mean from the origin.
    pub centre: f64,
    /// Root of the variance (divided by the codes) averaged over dimensions.
    pub deviation: f64,
}

impl CodeSpread {
    /// Of the rows of `codes`, [images, dims].
    ///
    /// ```
    /// use analysis::{CodeSpread, Table};
    ///
    /// let spread = CodeSpread::of(Table::new(&[3.0, 4.0, 3.0, 4.0, 3.0, 4.0], 2)?);
    /// assert_eq!((spread.low, spread.high, spread.centre, spread.deviation), (3.0, 4.0, 5.0, 0.0));
    /// # Ok::<(), analysis::TableError>(())
    /// ```
    pub fn of(codes: Table<'_>) -> Self {
        let (dims, images) = (codes.columns(), codes.rows() as f64);
        let (mut centre, mut variance) = (0.0, 0.0);
        for dim in 0..dims {
            let column = || (0..codes.rows()).map(|row| f64::from(codes.row(row)[dim]));
            let mean = column().sum::<f64>() / images;
            centre += mean * mean;
            variance += column().map(|value| (value - mean).powi(2)).sum::<f64>() / images;
        }
        let all = (0..codes.rows()).flat_map(|row| codes.row(row)).map(|value| f64::from(*value));
        let (low, high) =
            all.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        Self { low, high, centre: centre.sqrt(), deviation: (variance / dims as f64).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_averaged_over_dimensions() {
        // Columns −1, 1 and −3, 3 about their means: variances 1 and 9.
        let spread = CodeSpread::of(Table::new(&[-1.0, 2.0, 1.0, 8.0], 2).unwrap());
        assert_eq!((spread.low, spread.high, spread.centre), (-1.0, 8.0, 5.0));
        assert_eq!(spread.deviation, 5.0_f64.sqrt());
    }
}
