//! Anomaly detection: how well scores (reconstruction error, KL, −ELBO) tell anomalies from the rest.

mod error;
mod localisation;
mod pixels;
mod ranking;
mod roc;
mod threshold;

pub use error::AnomalyError;
pub use localisation::{Localisation, localisation};
pub use pixels::{Alignment, NormalMaps, NormalPixels, PicturePair};
pub use ranking::most_anomalous;
pub use roc::{Detection, RocPoint, detection};
pub use threshold::{Threshold, ThresholdMethod, threshold};
