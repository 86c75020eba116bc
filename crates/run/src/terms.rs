//! Numbers by name.

use std::collections::BTreeMap;

/// Numbers by name, such as the terms of a loss: `total`, `reconstruction`, `kl`.
///
/// In JSON every finite number reads back to the same bits; the others are the strings `"NaN"`, `"inf"`
/// and `"-inf"`.
pub type Terms = BTreeMap<String, f64>;
