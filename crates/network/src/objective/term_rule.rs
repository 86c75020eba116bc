//! What a term of the objective says of itself.

use std::ops::RangeInclusive;

/// How a term is read, and where it occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct TermDescription {
    /// Its name in events, tables and JSON; of a summand also its key in a recipe's `[objective]`.
    pub name: &'static str,
    /// What it measures, in one line.
    pub measures: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Least and greatest possible value.
    pub range: RangeInclusive<f64>,
    /// Whether lower is better; else it describes, and neither is.
    pub is_lower_better: bool,
    /// Paper or definition.
    pub source: &'static str,
    /// Its part in the total.
    pub role: TermRole,
    /// The codes that it is for.
    pub codes: Codes,
}

/// The part of a term in the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermRole {
    /// What is minimised.
    Total,
    /// Adds to the total.
    Summand,
    /// Is measured besides.
    Aside,
}

/// Kinds of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// All of them.
    Any,
    /// Those with a posterior (a VAE).
    Gaussian,
    /// Those without one.
    Deterministic,
}

impl Codes {
    /// Whether a code with a posterior, or one without, is among them.
    pub fn include(self, is_variational: bool) -> bool {
        match self {
            Codes::Any => true,
            Codes::Gaussian => is_variational,
            Codes::Deterministic => !is_variational,
        }
    }
}

/// Any number.
pub(super) const ANY: RangeInclusive<f64> = f64::NEG_INFINITY..=f64::INFINITY;
/// At least 0.
pub(super) const NOT_NEGATIVE: RangeInclusive<f64> = 0.0..=f64::INFINITY;

/// What a recipe writes of a summand.
pub(crate) trait TermRule {
    /// Whether it is asked for; one whose weight is 0 by default is not.
    fn is_on(&self) -> bool;

    /// What its sum over `values` numbers, those of the image or the code, is multiplied with.
    fn weight(&self, values: ValueCounts) -> f64;

    /// Checks its numbers, and that it is for such a code.
    ///
    /// # Errors
    /// The first number that is not allowed.
    fn check(&self, is_variational: bool) -> Result<(), ObjectiveError>;
}

/// How many numbers one image and one code have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueCounts {
    /// Values of an image.
    pub image: usize,
    /// Latent dimensions.
    pub code: usize,
}

/// A number of the objective is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectiveError {
    /// Its path in a recipe.
    pub field: &'static str,
    /// What it held.
    pub value: String,
    /// What would be right.
    pub allowed: &'static str,
}

impl ObjectiveError {
    pub fn new(field: &'static str, value: impl ToString, allowed: &'static str) -> Self {
        Self { field, value: value.to_string(), allowed }
    }
}

pub(super) fn not_negative(field: &'static str, value: f32) -> Result<(), ObjectiveError> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(ObjectiveError::new(field, value, "must be a finite number of at least 0"))
}
