//! Products of wide tables less their means, in f64 and without an f64 copy of the table; the same on any number of
//! threads.

use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::moments::column_means;
use crate::table::Table;

/// Rows that one task takes.
const ROWS: usize = 128;
/// Columns that are widened to f64 at a time.
const COLUMNS: usize = 512;

/// A table X less the mean of each column.
pub(crate) struct CentredTable<'a> {
    table: Table<'a>,
    means: Vec<f64>,
}

impl<'a> CentredTable<'a> {
    pub(crate) fn new(table: Table<'a>) -> Self {
        Self { means: column_means(table), table }
    }

    /// The same less other means than its own.
    pub(crate) fn from(table: Table<'a>, means: &[f64]) -> Self {
        Self { table, means: means.to_vec() }
    }

    pub(crate) fn means(&self) -> &[f64] {
        &self.means
    }

    pub(crate) fn rows(&self) -> usize {
        self.table.rows()
    }

    pub(crate) fn columns(&self) -> usize {
        self.table.columns()
    }

    /// Some rows and columns, row after row.
    fn block(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Vec<f64> {
        let mut block = vec![0.0; rows.len() * columns.len()];
        let means = &self.means[columns.clone()];
        for (row, block) in rows.zip(block.chunks_exact_mut(columns.len())) {
            for ((to, value), mean) in block.iter_mut().zip(&self.table.row(row)[columns.clone()]).zip(means)
            {
                *to = f64::from(*value) - mean;
            }
        }
        block
    }

    /// Σ of all squares: (rows − 1) times the whole variance.
    pub(crate) fn squares(&self) -> f64 {
        let each = (0..self.rows()).into_par_iter().map(|row| {
            let pairs = self.table.row(row).iter().zip(&self.means);
            pairs.map(|(value, mean)| (f64::from(*value) - mean).powi(2)).sum::<f64>()
        });
        each.collect::<Vec<_>>().iter().sum()
    }

    /// X Yᵀ: `[rows, rows of the other]`.
    pub(crate) fn by_rows_of(&self, other: &Self) -> Mat<f64> {
        let (rows, width) = (self.rows(), other.rows());
        let mut out = vec![0.0; rows * width];
        out.par_chunks_mut(ROWS * width).enumerate().for_each(|(task, out)| {
            let first = task * ROWS;
            let count = out.len() / width;
            let mut out = MatMut::from_row_major_slice_mut(out, count, width);
            for columns in chunks(self.columns(), COLUMNS) {
                let own = self.block(first..first + count, columns.clone());
                let own = MatRef::from_row_major_slice(&own, count, columns.len());
                for theirs in chunks(width, COLUMNS) {
                    let block = other.block(theirs.clone(), columns.clone());
                    let block = MatRef::from_row_major_slice(&block, theirs.len(), columns.len());
                    let out = out.rb_mut().subcols_mut(theirs.start, theirs.len());
                    matmul(out, Accum::Add, own, block.transpose(), 1.0, Par::Seq);
                }
            }
        });
        MatRef::from_row_major_slice(&out, rows, width).to_owned()
    }

    /// X V: `[rows, columns of V]`.
    pub(crate) fn times(&self, vectors: &Mat<f64>) -> Mat<f64> {
        let out = self.row_products(vectors.as_ref());
        MatRef::from_row_major_slice(&out, self.rows(), vectors.ncols()).to_owned()
    }

    /// X V, row after row.
    pub(crate) fn row_products(&self, vectors: MatRef<'_, f64>) -> Vec<f64> {
        let (rows, width) = (self.rows(), vectors.ncols());
        let mut out = vec![0.0; rows * width];
        out.par_chunks_mut(ROWS * width).enumerate().for_each(|(task, out)| {
            let first = task * ROWS;
            let count = out.len() / width;
            let mut out = MatMut::from_row_major_slice_mut(out, count, width);
            for columns in chunks(self.columns(), COLUMNS) {
                let own = self.block(first..first + count, columns.clone());
                let own = MatRef::from_row_major_slice(&own, count, columns.len());
                let vectors = vectors.subrows(columns.start, columns.len());
                matmul(out.rb_mut(), Accum::Add, own, vectors, 1.0, Par::Seq);
            }
        });
        out
    }

    /// Xᵀ U: `[columns, columns of U]`.
    pub(crate) fn transposed_times(&self, vectors: &Mat<f64>) -> Mat<f64> {
        let (columns, width) = (self.columns(), vectors.ncols());
        let mut out = vec![0.0; columns * width];
        out.par_chunks_mut(ROWS * width).enumerate().for_each(|(task, out)| {
            let first = task * ROWS;
            let count = out.len() / width;
            let mut out = MatMut::from_row_major_slice_mut(out, count, width);
            for rows in chunks(self.rows(), COLUMNS) {
                let own = self.block(rows.clone(), first..first + count);
                let own = MatRef::from_row_major_slice(&own, rows.len(), count);
                let vectors = vectors.subrows(rows.start, rows.len());
                matmul(out.rb_mut(), Accum::Add, own.transpose(), vectors, 1.0, Par::Seq);
            }
        });
        MatRef::from_row_major_slice(&out, columns, width).to_owned()
    }
}

fn chunks(length: usize, each: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..length).step_by(each).map(move |first| first..length.min(first + each))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_equal_the_plain_ones() {
        // Beyond one block in every direction.
        let (rows, columns) = (700, 530);
        let mut values = vec![0.0; rows * columns];
        random::Stream::new(1, "wide table").normals(0, 0, &mut values);
        values.iter_mut().for_each(|value| *value += 7.0);
        let centred = CentredTable::new(Table::new(&values, columns).unwrap());
        let plain =
            Mat::from_fn(rows, columns, |i, j| f64::from(values[i * columns + j]) - centred.means()[j]);
        let other =
            CentredTable::from(Table::new(&values[..600 * columns], columns).unwrap(), centred.means());
        let vectors = |rows| Mat::from_fn(rows, 3, |i, j| ((i * 7 + j * 5) % 11) as f64 - 5.0);
        let (wide, tall) = (vectors(columns), vectors(rows));
        let check = |found: Mat<f64>, expected: Mat<f64>| {
            assert_eq!(found.shape(), expected.shape());
            assert!((&found - &expected).norm_max() < 1e-9 * expected.norm_max());
        };
        check(centred.times(&wide), &plain * &wide);
        check(centred.transposed_times(&tall), plain.transpose() * &tall);
        check(centred.by_rows_of(&other), &plain * plain.subrows(0, 600).transpose());
        let squares: f64 = plain.col_iter().map(|column| column.squared_norm_l2()).sum();
        assert!((centred.squares() / squares - 1.0).abs() < 1e-12);
    }
}
