//! Why a try came to nothing.

use std::time::Duration;

use crate::error::DataError;

/// Why a try came to nothing.
pub(super) enum Failure {
    /// What may be over soon, and when the server says it will be.
    Transient { reason: String, after: Option<Duration> },
    /// This mirror is of no use; another may be.
    Mirror(String),
    /// Our own disk is the problem; no mirror will help.
    Disk(DataError),
}

impl Failure {
    pub fn passing(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into(), after: None }
    }
}
