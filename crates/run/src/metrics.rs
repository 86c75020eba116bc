//! What `evaluate` found out about a run's weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::event::Terms;
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
    /// Each metric by name: `total`, `reconstruction`, `kl`, `mse`, `psnr`, `ssim`.
    #[serde(with = "number::terms")]
    pub values: Terms,
}

impl Document for Metrics {
    const FILE: File = METRICS;
}
