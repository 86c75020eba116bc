//! `kl`: the KL divergence of the posterior from the prior, as it is minimised and in nats.

use serde::{Deserialize, Serialize};

use super::reduction::Reduction;
use super::term_rule::{
    Codes, NOT_NEGATIVE, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};

pub(super) const TERM: TermDescription = TermDescription {
    name: "kl",
    measures: "KL divergence of the posterior from the prior, per image, weighted and reduced as the objective says",
    unit: "nats",
    range: NOT_NEGATIVE,
    is_lower_better: false,
    source: "Kingma & Welling 2014",
    role: TermRole::Summand,
    codes: Codes::Gaussian,
};

pub(super) const NATS: TermDescription = TermDescription {
    name: "kl_nats",
    measures: "KL divergence of the posterior from the prior, per image, summed over dimensions, unweighted, without free \
               bits",
    role: TermRole::Aside,
    ..TERM
};

/// The KL term, −½ Σ_j (1 + log σ²_j − μ²_j − σ²_j) (Kingma & Welling 2014).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kl {
    /// Over the latent dimensions.
    #[serde(default)]
    pub reduction: Reduction,
    /// β (Higgins et al. 2017).
    #[serde(default = "one")]
    pub weight: f32,
    /// The weight rises linearly from 0 over this many epochs (Bowman et al. 2016); 0 for none.
    #[serde(default)]
    pub warmup_epochs: f32,
    /// Each dimension of each image counts at least this many nats, without gradient below
    /// (after Kingma et al. 2016, per image instead of per batch); 0 for none.
    #[serde(default)]
    pub free_bits: f32,
}

fn one() -> f32 {
    1.0
}

impl Default for Kl {
    fn default() -> Self {
        Self { reduction: Reduction::Sum, weight: 1.0, warmup_epochs: 0.0, free_bits: 0.0 }
    }
}

impl TermRule for Kl {
    fn is_on(&self) -> bool {
        true
    }

    fn weight(&self, values: ValueCounts) -> f64 {
        f64::from(self.weight) * self.reduction.factor(values.code)
    }

    fn check(&self, _is_variational: bool) -> Result<(), ObjectiveError> {
        not_negative("objective.kl.weight", self.weight)?;
        not_negative("objective.kl.warmup_epochs", self.warmup_epochs)?;
        not_negative("objective.kl.free_bits", self.free_bits)
    }
}
