//! `code_l2`: a penalty on the code's squared norm.

use serde::{Deserialize, Serialize};

use super::term_rule::{
    Codes, NOT_NEGATIVE, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};

pub(super) const TERM: TermDescription = TermDescription {
    name: "code_l2",
    measures: "penalty on the code's squared norm, ½ Σ z², per image, weighted",
    unit: "nats",
    range: NOT_NEGATIVE,
    is_lower_better: false,
    source: "Ghosh et al. 2020",
    role: TermRole::Summand,
    codes: Codes::Any,
};

/// Weight β of ½ Σ_j z_j² (a regularised autoencoder, Ghosh et al. 2020). Of a Gaussian code z is what is decoded, μ + σ ε.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeL2(pub f32);

impl TermRule for CodeL2 {
    fn is_on(&self) -> bool {
        self.0 > 0.0
    }

    fn weight(&self, _values: ValueCounts) -> f64 {
        f64::from(self.0)
    }

    fn check(&self, _is_variational: bool) -> Result<(), ObjectiveError> {
        not_negative("objective.code_l2", self.0)
    }
}
