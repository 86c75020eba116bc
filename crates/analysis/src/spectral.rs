//! Eigenvalues, singular values and Cholesky factors, on one thread, so that the bits do not depend on threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{evd, svd};
use faer::{Mat, Par};

/// A symmetric matrix's square root V √Λ Vᵀ; eigenvalues below rounding (of either sign) count as 0. `None` where
/// the iteration does not converge.
pub(crate) fn square_root(matrix: &Mat<f64>) -> Option<Mat<f64>> {
    let size = matrix.nrows();
    let mut values = Diag::<f64>::zeros(size);
    let mut vectors = Mat::zeros(size, size);
    let need = evd::self_adjoint_evd_scratch::<f64>(
        size,
        evd::ComputeEigenvectors::Yes,
        Par::Seq,
        Default::default(),
    );
    evd::self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .ok()?;
    let values = values.column_vector();
    let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    let rounding = largest * size as f64 * f64::EPSILON;
    let mut scaled = vectors.clone();
    for (column, value) in values.iter().enumerate() {
        let root = if *value > rounding { value.sqrt() } else { 0.0 };
        scaled.col_mut(column).iter_mut().for_each(|entry| *entry *= root);
    }
    Some(product(&scaled, &vectors.transpose().to_owned()))
}

/// Σ of the singular values; `None` where the iteration does not converge.
pub(crate) fn nuclear_norm(matrix: &Mat<f64>) -> Option<f64> {
    let (rows, columns) = matrix.shape();
    let mut values = Diag::<f64>::zeros(rows.min(columns));
    let no = svd::ComputeSvdVectors::No;
    let need = svd::svd_scratch::<f64>(rows, columns, no, no, Par::Seq, Default::default());
    svd::svd(
        matrix.as_ref(),
        values.as_mut(),
        None,
        None,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(need)),
        Default::default(),
    )
    .ok()?;
    Some(values.column_vector().iter().sum())
}

/// a · b
pub(crate) fn product(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    faer::linalg::matmul::matmul(out.as_mut(), faer::Accum::Replace, a, b, 1.0, Par::Seq);
    out
}

/// The lower triangular L with L Lᵀ = `matrix` (`[size, size]`, row after row); `None` unless positive definite.
pub(crate) fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; size * size];
    for i in 0..size {
        for j in 0..=i {
            let (row_i, row_j) = (&lower[i * size..][..j], &lower[j * size..][..j]);
            let rest = matrix[i * size + j] - row_i.iter().zip(row_j).map(|(a, b)| a * b).sum::<f64>();
            lower[i * size + j] = if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / lower[j * size + j]
            };
        }
    }
    Some(lower)
}

/// L⁻¹ of a lower triangular L.
pub(crate) fn inverse_of_lower(lower: &[f64], size: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; size * size];
    for column in 0..size {
        inverse[column * size + column] = 1.0 / lower[column * size + column];
        for row in column + 1..size {
            let sum: f64 = (column..row).map(|k| lower[row * size + k] * inverse[k * size + column]).sum();
            inverse[row * size + column] = -sum / lower[row * size + row];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covariance(size: usize) -> Mat<f64> {
        let mut draws = vec![0.0; 2 * size * size];
        random::Stream::new(4, "matrix").normals(0, 0, &mut draws);
        let factor = Mat::from_fn(size, 2 * size, |i, j| f64::from(draws[i * 2 * size + j]));
        product(&factor, &factor.transpose().to_owned())
    }

    #[test]
    fn roots_squared_are_the_matrix() {
        for size in [1, 2, 7, 40] {
            let matrix = covariance(size);
            let root = square_root(&matrix).unwrap();
            let squared = product(&root, &root);
            let rows: Vec<f64> = (0..size * size).map(|at| matrix[(at / size, at % size)]).collect();
            let lower = cholesky(&rows, size).unwrap();
            let inverse = inverse_of_lower(&lower, size);
            let lower = Mat::from_fn(size, size, |i, j| lower[i * size + j]);
            let inverse = Mat::from_fn(size, size, |i, j| inverse[i * size + j]);
            let again = product(&lower, &lower.transpose().to_owned());
            let one = product(&lower, &inverse);
            for i in 0..size {
                for j in 0..size {
                    let scale = matrix[(i, i)].max(matrix[(j, j)]);
                    assert!((squared[(i, j)] - matrix[(i, j)]).abs() < 1e-12 * scale, "{size}");
                    assert!((again[(i, j)] - matrix[(i, j)]).abs() < 1e-12 * scale, "{size}");
                    assert!((one[(i, j)] - f64::from(u8::from(i == j))).abs() < 1e-9, "{size}");
                }
            }
            let trace: f64 = (0..size).map(|i| root[(i, i)]).sum();
            assert!((nuclear_norm(&root).unwrap() - trace).abs() < 1e-10 * trace);
        }
    }

    #[test]
    fn only_positive_definite_matrices_have_a_cholesky_factor() {
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(cholesky(&[f64::NAN], 1), None);
        assert_eq!(cholesky(&[4.0], 1), Some(vec![2.0]));
    }
}
