//! Which run of a tracking server a run is told to.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::files::{File, MLFLOW};

/// The run of an MLflow server that this run is told to, and how far that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Address of the server, without credentials.
    pub server: String,
    /// The experiment's identifier.
    pub experiment_id: String,
    /// The run's identifier there.
    pub run_id: String,
    /// Where its artefacts lie.
    pub artifact_uri: String,
    /// The last epoch that the server has.
    pub sent: u64,
}

impl Document for Tracking {
    const FILE: File = MLFLOW;
}
