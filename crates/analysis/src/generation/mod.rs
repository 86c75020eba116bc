//! Generated images beside real ones, as points of a feature space that the report names.

mod error;
mod frechet;
mod manifold;
mod mixing;

use crate::table::Table;

pub use error::GenerationError;
pub use frechet::frechet_distance;
pub use manifold::{Manifolds, manifolds};
pub use mixing::{Mixing, mixing};

/// Where features come from. Figures of different feature spaces cannot be compared, so it goes with them.
///
/// None of this is the FID of the literature, which is the Fréchet distance in the features of one particular
/// Inception network, made for photographs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSpace {
    /// What the features are: `pixels`, `latent means of mnist-vae-1`, …
    pub name: String,
    /// SHA-256 of the weights that compute them, in hexadecimal; `None` where there are none (pixels).
    pub sha256: Option<String>,
}

/// How close generated features are to real ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Where the features come from.
    pub space: FeatureSpace,
    /// See [`frechet_distance`].
    pub frechet_distance: f64,
    /// Precision, recall, density and coverage.
    pub manifolds: Manifolds,
    /// Number of real images.
    pub real: usize,
    /// Number of generated images.
    pub generated: usize,
}

/// Measures everything: the Fréchet distance, and the manifolds with neighbourhoods of `k` = 5 (Naeem et al. 2020).
///
/// - **Shapes**: `real` `[n, d]`, `generated` `[m, d]`; n and m should be equal and at least some thousands, since
///   all these figures depend on them.
///
/// # Errors
/// [`GenerationError`].
pub fn generation(
    space: FeatureSpace,
    real: Table<'_>,
    generated: Table<'_>,
) -> Result<Generation, GenerationError> {
    Ok(Generation {
        space,
        frechet_distance: frechet_distance(real, generated)?,
        manifolds: manifolds(real, generated, 5)?,
        real: real.rows(),
        generated: generated.rows(),
    })
}
