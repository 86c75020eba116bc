//! `code_l1`: a penalty on the code's magnitude.

use serde::{Deserialize, Serialize};

use super::term_rule::{
    Codes, NOT_NEGATIVE, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};

pub(super) const TERM: TermDescription = TermDescription {
    name: "code_l1",
    measures: "penalty on the code's magnitude, per image",
    unit: "nats",
    range: NOT_NEGATIVE,
    is_lower_better: false,
    source: "the run's objective",
    role: TermRole::Summand,
    codes: Codes::Deterministic,
};

/// Weight of Σ_j |z_j| (a sparse autoencoder).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeL1(pub f32);

impl TermRule for CodeL1 {
    fn is_on(&self) -> bool {
        self.0 > 0.0
    }

    fn weight(&self, _values: ValueCounts) -> f64 {
        f64::from(self.0)
    }

    fn check(&self, is_variational: bool) -> Result<(), ObjectiveError> {
        not_negative("objective.code_l1", self.0)?;
        if self.is_on() && !TERM.codes.include(is_variational) {
            let allowed = "is for latent.kind = \"deterministic\" only";
            return Err(ObjectiveError::new("objective.code_l1", self.0, allowed));
        }
        Ok(())
    }
}
