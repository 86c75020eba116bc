//! The leading directions of a wide table without its covariance matrix.
//!
//! A block Krylov method (Musco & Musco 2015): the covariance is only ever multiplied by a few vectors, which takes
//! one pass over the table, and its eigenvectors are sought among all the products so far. A sample of the rows
//! gives the first vectors. Products are in f32, their sums and everything else in f64; what comes out is
//! checked, and where it has not converged the caller computes the whole covariance.

use faer::{Mat, MatRef, Scale, Side};
use pulp::{Arch, Simd, WithSimd};
use random::Stream;
use rayon::prelude::*;

use crate::centred_table::CentredTable;
use crate::neighbours::panels::AlignedBuffer;
use crate::table::Table;

/// Vectors multiplied at once by passes over a table of many rows.
const BLOCK: usize = 8;
/// Rows that one task takes, whose sums are in f32.
const CHUNK: usize = 512;
/// Rows between which sums stay in registers.
const ROWS: usize = 4;
/// Products before giving up.
const PRODUCTS: usize = 16;
/// Largest ‖Cv − λv‖ accepted, relative to the largest eigenvalue.
const TOLERANCE: f64 = 2e-6;
/// Products for many directions: nearly all of the variance that they can hold is found after so many.
const WIDE_PRODUCTS: usize = 4;

/// A symmetric matrix of which only products are known.
trait SymmetricMatrix {
    /// The matrix times `vectors`.
    fn product(&self, vectors: &Mat<f64>) -> Mat<f64>;
}

/// The `count` greatest eigenvalues of the covariance (divided by rows − 1) with unit eigenvectors, in descending
/// order; `None` if they did not converge.
pub(super) fn leading(table: Table<'_>, means: &[f64], count: usize) -> Option<Vec<(f64, Vec<f64>)>> {
    let columns = table.columns();
    let mut random = vec![0.0f32; columns * BLOCK];
    Stream::new(0, "Krylov start").normals(0, 0, &mut random);
    let start = Mat::from_fn(columns, BLOCK, |i, j| f64::from(random[i * BLOCK + j]));
    // Every sixteenth row is enough to begin near the answer.
    let sample = Rows { table, means, stride: 16 };
    let start = match search(&sample, start, BLOCK.min(columns), 6, f64::INFINITY) {
        Some(pairs) => Mat::from_fn(columns, BLOCK, |i, j| pairs[j].1[i]),
        None => return None,
    };
    let mut pairs = search(&Rows { table, means, stride: 1 }, start, count, PRODUCTS, TOLERANCE)?;
    pairs.truncate(count);
    Some(pairs)
}

/// About the `count` greatest eigenvalues of the covariance with unit eigenvectors, in descending order, of a table
/// with many rows and many columns; `count` must be at most an eighth of both.
///
/// The smaller of XᵀX and X Xᵀ is searched, with blocks of more than half as many vectors. `None` if an eigenvalue
/// cannot be computed.
pub(super) fn many(centred: &CentredTable<'_>, count: usize) -> Option<Vec<(f64, Vec<f64>)>> {
    let by_rows = centred.rows() < centred.columns();
    let size = centred.rows().min(centred.columns());
    let block = count.div_ceil(2) + 8;
    let mut random = vec![0.0f32; size * block];
    Stream::new(0, "Krylov start").normals(0, 0, &mut random);
    let start = Mat::from_fn(size, block, |i, j| f64::from(random[i * block + j]));
    if by_rows {
        let pairs = search(&RowProducts(centred), start, count, WIDE_PRODUCTS, f64::INFINITY)?;
        let vectors = Mat::from_fn(size, count, |i, j| pairs[j].1[i]);
        return Some(directions(centred, pairs.iter().map(|(value, _)| *value).collect(), &vectors));
    }
    let mut pairs = search(&ColumnProducts(centred), start, count, WIDE_PRODUCTS, f64::INFINITY)?;
    pairs.truncate(count);
    Some(pairs)
}

/// Eigenvectors of X Xᵀ / (rows − 1) (the columns of `vectors`, by descending eigenvalue) as those of the covariance.
pub(super) fn directions(
    centred: &CentredTable<'_>,
    values: Vec<f64>,
    vectors: &Mat<f64>,
) -> Vec<(f64, Vec<f64>)> {
    // Orthogonal already but for rounding and where a variance is 0, where any direction will do.
    let directions = centred.transposed_times(vectors).qr().compute_thin_Q();
    values.into_iter().zip(directions.col_iter().map(|column| column.iter().copied().collect())).collect()
}

struct RowProducts<'a>(&'a CentredTable<'a>);

impl SymmetricMatrix for RowProducts<'_> {
    fn product(&self, vectors: &Mat<f64>) -> Mat<f64> {
        self.0.times(&self.0.transposed_times(vectors)) * Scale(1.0 / (self.0.rows() - 1) as f64)
    }
}

struct ColumnProducts<'a>(&'a CentredTable<'a>);

impl SymmetricMatrix for ColumnProducts<'_> {
    fn product(&self, vectors: &Mat<f64>) -> Mat<f64> {
        self.0.transposed_times(&self.0.times(vectors)) * Scale(1.0 / (self.0.rows() - 1) as f64)
    }
}

struct Rows<'a> {
    table: Table<'a>,
    means: &'a [f64],
    /// Only every so-many-th chunk of rows.
    stride: usize,
}

/// Eigenpairs among start, C·start, C²·start, …
fn search(
    matrix: &impl SymmetricMatrix,
    start: Mat<f64>,
    count: usize,
    products: usize,
    tolerance: f64,
) -> Option<Vec<(f64, Vec<f64>)>> {
    let (columns, width) = start.shape();
    let mut basis: Vec<Mat<f64>> = Vec::new();
    let mut images: Vec<Mat<f64>> = Vec::new();
    let mut next = start;
    for step in 1..=products {
        // Orthogonal to what is there, twice for rounding.
        for _ in 0..2 {
            for block in &basis {
                let shadow = block * (block.transpose() * &next);
                next -= shadow;
            }
            next = next.qr().compute_thin_Q();
        }
        images.push(matrix.product(&next));
        basis.push(next);
        // The covariance within the basis.
        let size = step * width;
        let mut inner = Mat::<f64>::zeros(size, size);
        for (i, block) in basis.iter().enumerate() {
            for (j, image) in images.iter().enumerate() {
                inner.submatrix_mut(i * width, j * width, width, width).copy_from(block.transpose() * image);
            }
        }
        let inner = Mat::from_fn(size, size, |i, j| 0.5 * (inner[(i, j)] + inner[(j, i)]));
        let eigen = inner.self_adjoint_eigen(Side::Lower).ok()?;
        let pair = |k: usize| {
            let at = size - 1 - k;
            let (mut vector, mut image) = (vec![0.0; columns], vec![0.0; columns]);
            for (b, (block, product)) in basis.iter().zip(&images).enumerate() {
                for j in 0..width {
                    let weight = eigen.U()[(b * width + j, at)];
                    for i in 0..columns {
                        vector[i] += weight * block[(i, j)];
                        image[i] += weight * product[(i, j)];
                    }
                }
            }
            let value = eigen.S()[at];
            let rest = image.iter().zip(&vector).map(|(image, v)| (image - value * v).powi(2)).sum::<f64>();
            (value, vector, rest.sqrt())
        };
        let enough = tolerance.is_infinite() && step < products;
        if enough || size < count {
            next = images[step - 1].clone();
            continue;
        }
        let pairs: Vec<_> = (0..count).map(pair).collect();
        let largest = pairs[0].0;
        if largest <= 0.0 {
            return None;
        }
        if pairs.iter().all(|(_, _, rest)| *rest <= tolerance * largest) {
            return Some(pairs.into_iter().map(|(value, vector, _)| (value, vector)).collect());
        }
        next = images[step - 1].clone();
    }
    None
}

impl SymmetricMatrix for Rows<'_> {
    /// Covariance times `vectors`, shape `[columns, BLOCK]`.
    fn product(&self, vectors: &Mat<f64>) -> Mat<f64> {
        let columns = self.table.columns();
        // A row of the table may end anywhere in a vector: everything else is padded with zeros to whole ones.
        let padded = columns.next_multiple_of(16);
        let mut directions = AlignedBuffer::new(BLOCK * padded, 0.0);
        for (j, direction) in directions.get_mut().chunks_exact_mut(padded).enumerate() {
            direction.iter_mut().zip(0..columns).for_each(|(to, i)| *to = vectors[(i, j)] as f32);
        }
        let mut means = AlignedBuffer::new(padded, 0.0);
        means.get_mut().iter_mut().zip(self.means).for_each(|(to, mean)| *to = *mean as f32);
        let chunks: Vec<&[f32]> = self.table.values().chunks(CHUNK * columns).step_by(self.stride).collect();
        let rows: usize = chunks.iter().map(|chunk| chunk.len() / columns).sum();
        const TASK: usize = 8;
        let parts: Vec<Vec<f64>> = chunks
            .par_chunks(TASK)
            .map(|chunks| {
                let mut total = vec![0.0f64; BLOCK * padded];
                let mut sums = AlignedBuffer::new(BLOCK * padded, 0.0);
                let mut centred = AlignedBuffer::new(ROWS * padded, 0.0);
                for chunk in chunks {
                    sums.get_mut().fill(0.0);
                    Arch::new().dispatch(Multiply {
                        rows: chunk,
                        columns,
                        means: means.get(),
                        directions: directions.get(),
                        centred: centred.get_mut(),
                        sums: sums.get_mut(),
                    });
                    total.iter_mut().zip(sums.get()).for_each(|(total, sum)| *total += f64::from(*sum));
                }
                total
            })
            .collect();
        let mut total = vec![0.0f64; BLOCK * padded];
        for part in parts {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        }
        let total = MatRef::from_row_major_slice(&total, BLOCK, padded);
        Mat::from_fn(columns, BLOCK, |i, j| total[(j, i)] / (rows - 1) as f64)
    }
}

/// Adds Σ over rows of (x − mean)·((x − mean)·v) for each of eight vectors v to `sums`, shape `[BLOCK, padded]`.
struct Multiply<'a> {
    rows: &'a [f32],
    columns: usize,
    means: &'a [f32],
    directions: &'a [f32],
    centred: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, columns, means, directions, centred, sums } = self;
        let padded = means.len();
        let (directions, _) = S::as_simd_f32s(directions);
        let vectors = padded / S::F32_LANES;
        let (d0, rest) = directions.split_at(vectors);
        let (d1, rest) = rest.split_at(vectors);
        let (d2, rest) = rest.split_at(vectors);
        let (d3, rest) = rest.split_at(vectors);
        let (d4, rest) = rest.split_at(vectors);
        let (d5, rest) = rest.split_at(vectors);
        let (d6, d7) = rest.split_at(vectors);
        for group in rows.chunks(ROWS * columns) {
            let mut scores = [[0.0f32; BLOCK]; ROWS];
            let count = group.len() / columns;
            for (row, centred) in group.chunks_exact(columns).zip(centred.chunks_exact_mut(padded)) {
                for ((to, value), mean) in centred.iter_mut().zip(row).zip(means) {
                    *to = value - mean;
                }
            }
            centred[count * padded..].fill(0.0);
            let (x, _) = S::as_simd_f32s(&*centred);
            for (pair, scores) in x.chunks_exact(2 * vectors).zip(scores.chunks_exact_mut(2)) {
                let (x, y) = pair.split_at(vectors);
                let zero = simd.splat_f32s(0.0);
                let (mut a0, mut a1, mut a2, mut a3) = (zero, zero, zero, zero);
                let (mut a4, mut a5, mut a6, mut a7) = (zero, zero, zero, zero);
                let (mut b0, mut b1, mut b2, mut b3) = (zero, zero, zero, zero);
                let (mut b4, mut b5, mut b6, mut b7) = (zero, zero, zero, zero);
                for i in 0..vectors {
                    let (x, y) = (x[i], y[i]);
                    (a0, b0) = (simd.mul_add_f32s(x, d0[i], a0), simd.mul_add_f32s(y, d0[i], b0));
                    (a1, b1) = (simd.mul_add_f32s(x, d1[i], a1), simd.mul_add_f32s(y, d1[i], b1));
                    (a2, b2) = (simd.mul_add_f32s(x, d2[i], a2), simd.mul_add_f32s(y, d2[i], b2));
                    (a3, b3) = (simd.mul_add_f32s(x, d3[i], a3), simd.mul_add_f32s(y, d3[i], b3));
                    (a4, b4) = (simd.mul_add_f32s(x, d4[i], a4), simd.mul_add_f32s(y, d4[i], b4));
                    (a5, b5) = (simd.mul_add_f32s(x, d5[i], a5), simd.mul_add_f32s(y, d5[i], b5));
                    (a6, b6) = (simd.mul_add_f32s(x, d6[i], a6), simd.mul_add_f32s(y, d6[i], b6));
                    (a7, b7) = (simd.mul_add_f32s(x, d7[i], a7), simd.mul_add_f32s(y, d7[i], b7));
                }
                let sums = [[a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]];
                for (scores, sums) in scores.iter_mut().zip(&sums) {
                    for (score, sum) in scores.iter_mut().zip(sums) {
                        *score = simd.reduce_sum_f32s(*sum);
                    }
                }
            }
            let (x0, rest) = x.split_at(vectors);
            let (x1, rest) = rest.split_at(vectors);
            let (x2, x3) = rest.split_at(vectors);
            let (sums, _) = S::as_mut_simd_f32s(&mut *sums);
            for (j, sums) in sums.chunks_exact_mut(vectors).enumerate() {
                let (s0, s1) = (simd.splat_f32s(scores[0][j]), simd.splat_f32s(scores[1][j]));
                let (s2, s3) = (simd.splat_f32s(scores[2][j]), simd.splat_f32s(scores[3][j]));
                for i in 0..vectors {
                    let sum = simd.mul_add_f32s(s1, x1[i], simd.mul_add_f32s(s0, x0[i], sums[i]));
                    sums[i] = simd.mul_add_f32s(s3, x3[i], simd.mul_add_f32s(s2, x2[i], sum));
                }
            }
        }
    }
}
