//! How well classes separate among points: what is known about the classes is learned on one table and judged on
//! another.

use latentlab::analysis::{
    KMeans, KMeansSettings, Labelled, LinearProbe, NearestCentroid, ProbeSettings, Silhouette, agreement,
    calinski_harabasz, davies_bouldin, knn_accuracy, silhouette,
};
use latentlab::report::{Figure, SilhouettePlot};

use crate::failure::Failure;
use crate::stages::Stage;

/// Steps of [`ClassMeasures::of`], for a bar.
pub const STEPS: u64 = 5;

/// Measures of classes among points.
pub struct ClassMeasures {
    /// Each by its name in `METRICS`.
    pub values: Vec<(&'static str, f64)>,
    /// Of the whole.
    pub silhouette: Silhouette,
}

/// What is fitted and judged on what.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// Classifiers are fitted on these …
    pub train: Labelled<'a>,
    /// … and judged on these.
    pub test: Labelled<'a>,
    /// k-means is fitted on these.
    pub clustered: Labelled<'a>,
    /// Silhouette and the like are of these, and k-means is judged on them.
    pub whole: Labelled<'a>,
}

impl ClassMeasures {
    /// Measures all; k-means has as many clusters as classes.
    pub fn of(tables: Tables<'_>, neighbours: usize, seed: u64, stage: &Stage) -> Result<Self, Failure> {
        let Tables { train, test, clustered, whole } = tables;
        let silhouette = silhouette(whole)?;
        stage.step();
        let centroids = NearestCentroid::fit(train).accuracy(test)?;
        let nearest = knn_accuracy(train, test, neighbours.min(train.table().rows()))?;
        stage.step();
        let probe = LinearProbe::fit(train, ProbeSettings::default())?.score(test)?;
        stage.step();
        let clusters = KMeans::fit(clustered.table(), KMeansSettings::new(clustered.classes().len(), seed))?;
        let found = agreement(&clusters.predict(whole.table())?, whole.labels())?;
        stage.step();
        let (davies_bouldin, calinski_harabasz) = (davies_bouldin(whole)?, calinski_harabasz(whole)?);
        stage.step();
        let values = vec![
            ("silhouette", silhouette.mean),
            ("nearest_centroid_accuracy", centroids),
            ("knn_accuracy", nearest),
            ("probe_accuracy", probe.accuracy),
            ("probe_log_loss", probe.log_loss),
            ("cluster_accuracy", found.accuracy),
            ("nmi", found.nmi),
            ("ari", found.ari),
            ("davies_bouldin", davies_bouldin),
            ("calinski_harabasz", calinski_harabasz),
        ];
        Ok(Self { values, silhouette })
    }
}

/// One blade of sorted silhouettes per class.
pub fn silhouette_plot(
    silhouette: &Silhouette,
    labels: &[u32],
    names: &[String],
    title: Option<&str>,
) -> Result<Figure, Failure> {
    let values: Vec<f32> = silhouette.samples.iter().map(|value| *value as f32).collect();
    Ok(SilhouettePlot { values: &values, labels, names, title }.draw()?)
}
