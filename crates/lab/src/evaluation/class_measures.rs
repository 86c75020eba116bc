//! How well classes separate among points: what is known about the classes is learned on one table and judged on
//! another.

use analysis::{
    ClusterError, KMeans, KMeansSettings, LabelledPoints, LinearProbe, NearestCentroid, ProbeSettings,
    Silhouette, agreement, calinski_harabasz, davies_bouldin, knn_accuracy, silhouette,
};
use report::{Figure, SilhouettePlot};

use crate::error::Error;
use crate::observer::Stage;

/// Steps of [`ClassMeasures::of`], for a bar.
pub const STEPS: u64 = 5;

/// Measures of classes among points.
pub struct ClassMeasures {
    /// Each by its name in `METRICS`.
    pub values: Vec<(&'static str, f64)>,
    /// Of the whole, where its classes have more points than there are classes.
    pub silhouette: Option<Silhouette>,
    /// What the points do not allow.
    pub notes: Vec<String>,
}

/// What is fitted and judged on what.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// Classifiers are fitted on these …
    pub train: LabelledPoints<'a>,
    /// … and judged on these.
    pub test: LabelledPoints<'a>,
    /// k-means is fitted on these.
    pub clustered: LabelledPoints<'a>,
    /// Silhouette and the like are of these, and k-means is judged on them.
    pub whole: LabelledPoints<'a>,
}

impl ClassMeasures {
    /// Measures what the points allow; k-means has as many clusters as classes.
    pub fn of(tables: Tables<'_>, neighbours: usize, seed: u64, stage: &Stage) -> Result<Self, Error> {
        let Tables { train, test, clustered, whole } = tables;
        let has_classifiers = train.classes().len() > 1;
        let mut notes = Vec::new();
        let silhouette = match silhouette(whole) {
            Err(error @ ClusterError::Classes { .. }) if has_classifiers => {
                notes.push(format!("no silhouette, Davies–Bouldin or Calinski–Harabasz: {error}"));
                None
            }
            found => Some(found?),
        };
        stage.step();
        let mut values: Vec<_> = silhouette.iter().map(|found| ("silhouette", found.mean)).collect();
        if has_classifiers {
            values.push(("nearest_centroid_accuracy", NearestCentroid::fit(train).accuracy(test)?));
            values.push(("knn_accuracy", knn_accuracy(train, test, neighbours.min(train.table().rows()))?));
            stage.step();
            let probe = LinearProbe::fit(train, ProbeSettings::default())?.score(test)?;
            values.extend([("probe_accuracy", probe.accuracy), ("probe_log_loss", probe.log_loss)]);
            stage.step();
        } else {
            notes.push("no classifiers: the points that they are fitted on are of one class".into());
        }
        let clusters = KMeans::fit(clustered.table(), KMeansSettings::new(clustered.classes().len(), seed))?;
        let found = agreement(&clusters.predict(whole.table())?, whole.labels())?;
        values.extend([("cluster_accuracy", found.accuracy), ("nmi", found.nmi), ("ari", found.ari)]);
        stage.step();
        if silhouette.is_some() {
            values.push(("davies_bouldin", davies_bouldin(whole)?));
            values.push(("calinski_harabasz", calinski_harabasz(whole)?));
        }
        stage.step();
        Ok(Self { values, silhouette, notes })
    }
}

/// One blade of sorted silhouettes per class.
pub fn silhouette_plot(
    silhouette: &Silhouette,
    labels: &[u32],
    names: &[String],
    title: Option<&str>,
) -> Result<Figure, Error> {
    let values: Vec<f32> = silhouette.samples.iter().map(|value| *value as f32).collect();
    Ok(SilhouettePlot { values: &values, labels, names, title }.draw()?)
}
