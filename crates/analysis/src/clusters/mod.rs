//! Clusters and classes: how well points separate into given classes, and classifiers fitted on one table and
//! judged on another.

mod accuracy;
mod agreement;
mod assignment;
mod centroid;
mod error;
mod kmeans;
mod knn;
mod lloyd;
mod point_panels;
mod probe;
mod seeding;
mod separation;
mod silhouette;

pub use agreement::{Agreement, agreement};
pub use centroid::NearestCentroid;
pub use error::ClusterError;
pub use kmeans::{KMeans, KMeansSettings};
pub use knn::{knn_accuracy, knn_classes};
pub use probe::{LinearProbe, ProbeScore, ProbeSettings};
pub use separation::{calinski_harabasz, davies_bouldin};
pub use silhouette::{ClassSilhouette, Silhouette, silhouette};
