//! `ssim_loss` and `ms_ssim_loss`: how far the output's structure is from the target's.

use serde::{Deserialize, Serialize};

use super::term_rule::{
    Codes, ObjectiveError, TermDescription, TermRole, TermRule, ValueCounts, not_negative,
};
use crate::shape::Shape;

pub(super) const TERM: TermDescription = TermDescription {
    name: "ssim_loss",
    measures: "structural dissimilarity 1 − SSIM of output and target, per image, weighted",
    unit: "1",
    range: 0.0..=f64::INFINITY,
    is_lower_better: true,
    source: "Wang et al. 2004",
    role: TermRole::Summand,
    codes: Codes::Any,
};

pub(super) const MS_TERM: TermDescription = TermDescription {
    name: "ms_ssim_loss",
    measures: "structural dissimilarity over several scales, 1 − MS-SSIM of output and target, per image, weighted",
    source: "Wang et al. 2003",
    ..TERM
};

/// Pixels of the Gaussian window on each side, and its standard deviation in pixels (Wang et al. 2004).
pub const SSIM_WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// C₁ = (0.01 L)² and C₂ = (0.03 L)² of values in [0, L = 1].
pub const SSIM_CONSTANTS: [f64; 2] = [1e-4, 9e-4];

/// The window along one side: its weights, which add up to 1.
pub fn ssim_window() -> [f64; SSIM_WINDOW] {
    let middle = (SSIM_WINDOW / 2) as f64;
    let weights: [f64; SSIM_WINDOW] =
        std::array::from_fn(|i| (-(i as f64 - middle).powi(2) / (2.0 * SIGMA * SIGMA)).exp());
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// Weight of 1 − SSIM, averaged over channels and over all places where the window lies within the image.
///
/// S = (2 μₓ μ_y + C₁)(2 σₓ_y + C₂) / ((μₓ² + μ_y² + C₁)(σₓ² + σ_y² + C₂)), with moments under a Gaussian window of
/// 11 × 11 pixels and σ = 1.5, C₁ = 0.01², C₂ = 0.03², for values in [0, 1] (Wang et al. 2004, *Image quality assessment:
/// from error visibility to structural similarity*). Of logits the images compared are σ(logit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ssim(pub f32);

/// Weight of 1 − MS-SSIM, averaged over channels.
///
/// A channel's is Π_j max(c_j, 0)^w_j: c_j is the mean of (2 σₓ_y + C₂) / (σₓ² + σ_y² + C₂) at scale j, at the coarsest
/// the mean of S (Wang et al. 2003, *Multiscale structural similarity for image quality assessment*). A scale halves the one
/// before it by means of 2 × 2 pixels; of an odd side the last row counts twice, as in TensorFlow. There are as many of
/// the five scales as the window has room on, with weights that add up to 1: five from 161 pixels of the smaller side on,
/// four from 81, three from 41, two from 21, one from 11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MsSsim(pub f32);

impl MsSsim {
    /// Weights of the scales, the finest first (Wang et al. 2003).
    pub const SCALES: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    /// Weights of the scales of an image whose smaller side has so many pixels, the finest first; none where the window
    /// has no room.
    ///
    /// ```
    /// assert_eq!(network::MsSsim::scales(64).len(), 3);
    /// assert_eq!(network::MsSsim::scales(11), [1.0]);
    /// assert!(network::MsSsim::scales(10).is_empty());
    /// ```
    pub fn scales(side: usize) -> Vec<f64> {
        let sides = std::iter::successors(Some(side), |side| Some(side.div_ceil(2)));
        let count = sides.take(Self::SCALES.len()).take_while(|side| *side >= SSIM_WINDOW).count();
        let sum: f64 = Self::SCALES[..count].iter().sum();
        Self::SCALES[..count].iter().map(|weight| weight / sum).collect()
    }
}

macro_rules! rule {
    ($type:ident, $field:literal) => {
        impl TermRule for $type {
            fn is_on(&self) -> bool {
                self.0 > 0.0
            }

            fn weight(&self, _values: ValueCounts) -> f64 {
                f64::from(self.0)
            }

            fn check(&self, _is_variational: bool) -> Result<(), ObjectiveError> {
                not_negative($field, self.0)
            }
        }
    };
}

rule!(Ssim, "objective.ssim_loss");
rule!(MsSsim, "objective.ms_ssim_loss");

/// Refuses a term that compares structures where images are too small for its window.
pub(super) fn check_sides(field: &'static str, weight: f32, input: Shape) -> Result<(), ObjectiveError> {
    let (height, width, _) = input.pixels();
    if weight > 0.0 && height.min(width) < SSIM_WINDOW {
        let allowed = "needs images of at least 11 pixels on each side, which is the window's";
        return Err(ObjectiveError::new(field, weight, allowed));
    }
    Ok(())
}
