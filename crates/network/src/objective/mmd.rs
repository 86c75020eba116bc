//! `mmd`: how far the codes of a batch, taken together, are from the prior.

use serde::{Deserialize, Serialize};

use super::term_rule::{
    ANY, Codes, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};

pub(super) const TERM: TermDescription = TermDescription {
    name: "mmd",
    measures: "maximum mean discrepancy between the codes of a batch and N(0, I), weighted",
    unit: "1",
    range: ANY,
    is_lower_better: true,
    source: "Gretton et al. 2012; Rustamov 2021",
    role: TermRole::Summand,
    codes: Codes::Any,
};

/// Weight of the squared maximum mean discrepancy between the codes of a batch and N(0, I) (InfoVAE, Zhao et al. 2019; a
/// Wasserstein autoencoder, Tolstikhin et al. 2018).
///
/// The kernel is e^{−‖x − y‖² / 2 d} for codes of d numbers: two draws of the prior lie √(2 d) apart. The prior's side is
/// its expectation, not a draw (Rustamov 2021), and the estimate is the unbiased one, which may be below 0:
///
/// MMD² = Σ_{i ≠ j} k(zᵢ, zⱼ) / n (n − 1) − 2/n Σᵢ (d/(d+1))^{d/2} e^{−‖zᵢ‖² / 2 (d + 1)} + (d/(d+2))^{d/2}
///
/// z are the codes that are decoded. It couples the images of a batch, and its work grows with the square of their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mmd(pub f32);

impl TermRule for Mmd {
    fn is_on(&self) -> bool {
        self.0 > 0.0
    }

    fn weight(&self, _values: ValueCounts) -> f64 {
        f64::from(self.0)
    }

    fn check(&self, _is_variational: bool) -> Result<(), ObjectiveError> {
        not_negative("objective.mmd", self.0)
    }
}
