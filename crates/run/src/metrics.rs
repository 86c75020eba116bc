//! What `evaluate` found out about a run's weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::files::{File, METRICS};
use crate::number;

/// Metrics by split: `train`, `valid`, `test`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Each split that was evaluated.
    pub splits: BTreeMap<String, SplitMetrics>,
}

/// Metrics over one whole split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitMetrics {
    /// Number of images.
    pub images: u64,
    /// SHA-256 of the weights that were evaluated.
    pub weights_sha256: String,
    /// Each metric by name: `total`, `psnr`, `silhouette`, …
    #[serde(default)]
    pub metrics: BTreeMap<String, Measurement>,
    /// What else there is to say: why something does not apply, what to try.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One number with everything that is needed to read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The value.
    #[serde(with = "number::one")]
    pub value: f64,
    /// Its unit; empty for a plain ratio or share.
    pub unit: String,
    /// The least possible value.
    #[serde(with = "number::one")]
    pub least: f64,
    /// The greatest possible value.
    #[serde(with = "number::one")]
    pub greatest: f64,
    /// Which way is better: `higher`, `lower` or `neutral`.
    pub direction: String,
    /// The split that it was measured on.
    pub split: String,
    /// Samples that it was measured on.
    pub samples: u64,
    /// Standard error, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub standard_error: Option<f64>,
    /// What else it depends on: the feature space of a Fréchet distance, the neighbours of a classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

impl Document for Metrics {
    const FILE: File = METRICS;
}
