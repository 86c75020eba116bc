//! Sums and means.

use serde::{Deserialize, Serialize};

/// How a term is reduced over the values (or latent dimensions) of one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Σ
    #[default]
    Sum,
    /// Σ / n
    Mean,
}

impl Reduction {
    /// What a sum over `n` values is multiplied with.
    pub fn factor(self, n: usize) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::Mean => 1.0 / n as f64,
        }
    }
}
