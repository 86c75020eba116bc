//! Why features could not be compared.

use crate::neighbours::nearest_points::NeighboursError;
use crate::table::Table;

/// Why features could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerationError {
    /// Tables of different features.
    #[error("real features of {real} columns cannot be compared with generated ones of {generated} columns")]
    Columns {
        /// Columns of the real features.
        real: usize,
        /// Columns of the generated features.
        generated: usize,
    },

    /// Too few images for a covariance.
    #[error("{real} real and {generated} generated images: at least 2 of each are needed")]
    TooFew {
        /// Number of real images.
        real: usize,
        /// Number of generated images.
        generated: usize,
    },

    /// Too few images for the neighbourhoods.
    #[error(transparent)]
    Neighbours(#[from] NeighboursError),

    /// A decomposition that did not converge; values near the limits of f64.
    #[error("the covariances' eigenvalues could not be computed")]
    Eigenvalues,
}

/// Refuses tables of different features, or of too few images.
pub(super) fn check(real: Table<'_>, generated: Table<'_>) -> Result<(), GenerationError> {
    if real.columns() != generated.columns() {
        return Err(GenerationError::Columns { real: real.columns(), generated: generated.columns() });
    }
    if real.rows() < 2 || generated.rows() < 2 {
        return Err(GenerationError::TooFew { real: real.rows(), generated: generated.rows() });
    }
    Ok(())
}
