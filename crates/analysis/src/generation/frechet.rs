//! Fréchet distance of two Gaussians.

use faer::{Mat, Scale};

use super::error::{GenerationError, check};
use crate::centred_table::CentredTable;
use crate::moments::{column_means, scatter};
use crate::spectral::{nuclear_norm, product, square_root};
use crate::table::Table;

/// Squared Fréchet distance ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of Gaussians fitted to both tables (covariances
/// divided by n − 1); ≥ 0, lower is better, in squared units of the features.
///
/// Dowson & Landau, *The Fréchet distance between multivariate normal distributions*, 1982. The trace of (Σ₁Σ₂)^½ is
/// the sum of the singular values of Σ₁^½ Σ₂^½, which stays exact where covariances are singular. With A and B the
/// centred tables over √(n − 1), Σ₁ = AᵀA and Σ₂ = BᵀB, so it is the sum of the singular values of A Bᵀ, too: that
/// one is decomposed where it is the smaller matrix, which it is of fewer images than pixels. Takes the cube of the
/// smaller of columns and rows. Biased upwards by few samples: compare figures of the same numbers of images only.
///
/// # Errors
/// [`GenerationError`] for tables of other columns, or of fewer than two rows.
///
/// ```
/// use analysis::{Table, frechet_distance};
///
/// // The same shape, shifted by (3, 4): the squared distance is 25.
/// let (a, b) = ([0.0, 0.0, 1.0, 2.0, 2.0, 1.0], [3.0, 4.0, 4.0, 6.0, 5.0, 5.0]);
/// let distance = frechet_distance(Table::new(&a, 2)?, Table::new(&b, 2)?)?;
/// assert!((distance - 25.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn frechet_distance(real: Table<'_>, generated: Table<'_>) -> Result<f64, GenerationError> {
    check(real, generated)?;
    let columns = real.columns();
    let (shift, variances, overlap) = match real.rows() * generated.rows() < columns * columns {
        true => by_images(real, generated)?,
        false => by_covariances(real, generated)?,
    };
    // 0 exactly for equal covariances; rounding may leave a little on either side.
    Ok(shift + (variances - 2.0 * overlap).max(0.0))
}

/// ‖μ₁ − μ₂‖², tr(Σ₁ + Σ₂) and tr (Σ₁Σ₂)^½ from matrices of `[columns, columns]`.
fn by_covariances(real: Table<'_>, generated: Table<'_>) -> Result<(f64, f64, f64), GenerationError> {
    let moments = |table: Table<'_>| {
        let mean = column_means(table);
        let covariance: Mat<f64> = scatter(table, &mean) * Scale(1.0 / (table.rows() - 1) as f64);
        (mean, covariance)
    };
    let ((mean_a, a), (mean_b, b)) = rayon::join(|| moments(real), || moments(generated));
    let trace = |matrix: &Mat<f64>| (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum::<f64>();
    let roots = rayon::join(|| square_root(&a), || square_root(&b));
    let (Some(root_a), Some(root_b)) = roots else { return Err(GenerationError::Eigenvalues) };
    let overlap = nuclear_norm(&product(&root_a, &root_b)).ok_or(GenerationError::Eigenvalues)?;
    Ok((squared_distance(&mean_a, &mean_b), trace(&a) + trace(&b), overlap))
}

/// The same from one of `[images, images]`.
fn by_images(real: Table<'_>, generated: Table<'_>) -> Result<(f64, f64, f64), GenerationError> {
    let (a, b) = rayon::join(|| CentredTable::new(real), || CentredTable::new(generated));
    let freedom = |table: &CentredTable<'_>| (table.rows() - 1) as f64;
    let overlap = nuclear_norm(&a.by_rows_of(&b)).ok_or(GenerationError::Eigenvalues)?;
    let variances = a.squares() / freedom(&a) + b.squares() / freedom(&b);
    Ok((squared_distance(a.means(), b.means()), variances, overlap / (freedom(&a) * freedom(&b)).sqrt()))
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}
