//! Anomaly detection: how well scores (reconstruction error, KL, −ELBO) tell anomalies from the rest.

mod error;
mod ranking;
mod roc;

pub use error::AnomalyError;
pub use ranking::most_anomalous;
pub use roc::{Detection, RocPoint, detection};
