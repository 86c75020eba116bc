//! `reconstruction`: how far the output is from the target.

use serde::{Deserialize, Serialize};

use super::reduction::Reduction;
use super::term_rule::{
    ANY, Codes, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};

pub(super) const TERM: TermDescription = TermDescription {
    name: "reconstruction",
    measures: "reconstruction term of the loss, per image, weighted and reduced as the objective says",
    unit: "nats",
    range: ANY,
    is_lower_better: true,
    source: "the run's objective",
    role: TermRole::Summand,
    codes: Codes::Any,
};

/// The reconstruction term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconstruction {
    /// Loss of one value.
    #[serde(default)]
    pub loss: Loss,
    /// Over the values of one image.
    #[serde(default)]
    pub reduction: Reduction,
    /// Multiplies the reduced loss.
    #[serde(default = "one")]
    pub weight: f32,
    /// Standard deviation of the Gaussian loss, in units of pixel value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<Sigma>,
    /// ε of the Charbonnier loss, in units of pixel value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f32>,
}

fn one() -> f32 {
    1.0
}

impl Default for Reconstruction {
    fn default() -> Self {
        Self { loss: Loss::Bce, reduction: Reduction::Sum, weight: 1.0, sigma: None, epsilon: None }
    }
}

/// Loss of one output value y against its target t ∈ [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Binary cross-entropy; the decoder gives logits. A likelihood only where targets are 0 or 1.
    #[default]
    Bce,
    /// (y − t)²
    SquaredError,
    /// −ln N(t; y, σ²), constants included.
    Gaussian,
    /// |y − t|, with slope 0 at 0.
    L1,
    /// √((y − t)² + ε²), smooth where |y − t| is not (Charbonnier et al. 1994; Lai et al. 2017, *LapSRN*).
    Charbonnier,
}

impl Loss {
    /// Whether it is the negative logarithm of a density, in nats: what an evidence bound needs.
    pub fn is_likelihood(self) -> bool {
        matches!(self, Loss::Bce | Loss::Gaussian)
    }
}

/// Standard deviation of [`Loss::Gaussian`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sigma {
    /// Stays at this value.
    Fixed(f32),
    /// One σ for all values, learned as ln σ from this start (Rybkin et al. 2021, *σ-VAE*).
    Learned(f32),
}

impl Sigma {
    /// Its first value.
    pub fn initial(self) -> f32 {
        match self {
            Sigma::Fixed(sigma) | Sigma::Learned(sigma) => sigma,
        }
    }
}

impl Reconstruction {
    /// σ of the Gaussian loss; 1 where the recipe leaves it out.
    pub fn sigma_or_default(&self) -> Sigma {
        self.sigma.unwrap_or(Sigma::Fixed(1.0))
    }

    /// ε of the Charbonnier loss; a thousandth where the recipe leaves it out, as in *LapSRN*.
    pub fn epsilon_or_default(&self) -> f32 {
        self.epsilon.unwrap_or(1e-3)
    }

    /// Whether ln σ is a parameter.
    pub fn learns_sigma(&self) -> bool {
        self.loss == Loss::Gaussian && matches!(self.sigma, Some(Sigma::Learned(_)))
    }
}

impl TermRule for Reconstruction {
    fn is_on(&self) -> bool {
        true
    }

    fn weight(&self, values: ValueCounts) -> f64 {
        f64::from(self.weight) * self.reduction.factor(values.image)
    }

    fn check(&self, _is_variational: bool) -> Result<(), ObjectiveError> {
        not_negative("objective.reconstruction.weight", self.weight)?;
        let numbers = [
            (
                "objective.reconstruction.sigma",
                self.sigma.map(Sigma::initial),
                Loss::Gaussian,
                "is for objective.reconstruction.loss = \"gaussian\" only",
            ),
            (
                "objective.reconstruction.epsilon",
                self.epsilon,
                Loss::Charbonnier,
                "is for objective.reconstruction.loss = \"charbonnier\" only",
            ),
        ];
        for (field, number, of, allowed) in numbers {
            let Some(number) = number else { continue };
            if self.loss != of {
                return Err(ObjectiveError::new(field, number, allowed));
            }
            if !(number > 0.0 && number.is_finite()) {
                return Err(ObjectiveError::new(field, number, "must be greater than 0"));
            }
        }
        Ok(())
    }
}
