//! What a study shows of latent spaces beyond what every comparison shows.

use serde::{Deserialize, Serialize};

use crate::recipe::Plane;

/// What is shown beyond what every comparison shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentViews {
    /// Whether latent planes of VAEs show a draw of each posterior instead of its mean.
    #[serde(default)]
    pub sampled: bool,
    /// Points of the latent space to decode with every model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Vec<f32>>,
    /// The plane that is decoded where codes have two dimensions; where the codes lie, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifold: Option<Plane>,
    /// Strips of decoded images: 11 values of z₁, each with 11 values of z₂.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strips: Vec<LatentStrips>,
}

/// One set of strips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentStrips {
    /// Name of the model.
    pub model: String,
    /// First and last z₁, from strip to strip.
    pub z1: (f32, f32),
    /// First and last z₂, along a strip.
    pub z2: (f32, f32),
}
