//! Columns that a model gives its points: losses, clusters, whether neighbours know the class.

use analysis::{KMeans, KMeansSettings, knn_classes};
use explorer::{Part, Precision, payload};
use train::ImageSource;

use super::page_parts::PageParts;
use crate::anomalies::{AnomalyOptions, Score, Scores};
use crate::error::{Error, note_if_unsuited};
use crate::lab::Lab;
use crate::point_set::PointSet;
use crate::runs::Run;

/// Clusters where no classes say how many there may be.
const USUAL_CLUSTERS: usize = 10;
/// Neighbours of the classifier.
const NEIGHBOURS: usize = 5;

/// Losses of each image, as `anomalies` finds them; that of the reconstruction in `unit`.
pub fn losses(
    run: &mut Run,
    seen: &ImageSource<'_>,
    count: usize,
    unit: &'static str,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<Vec<payload::Column>, Error> {
    let samples = AnomalyOptions::default().samples;
    let scores = Scores::of(&mut run.trained, seen, 0..count, samples, lab)?;
    let mut columns = Vec::new();
    for (score, values) in scores.all() {
        let (unit, about) = match score {
            Score::Reconstruction => {
                (unit, "Loss of the reconstruction from the posterior's mean.".to_owned())
            }
            Score::Kl => ("nats", "KL divergence of the posterior from the prior.".to_owned()),
            Score::HeatMap => ("", "Hottest pixel of the map of errors.".to_owned()),
            Score::NegElbo => (
                unit,
                format!("Negative evidence lower bound, the mean of {samples} draws of the posterior."),
            ),
        };
        let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        columns.push(payload::Column::Number {
            name: score.name().into(),
            unit: unit.into(),
            about,
            values: page.blobs.floats(Part::Columns, &[values.len()], &values, Precision::Single),
        });
    }
    Ok(columns)
}

/// Clusters by k-means, as many as there are classes.
pub fn clusters(
    points: &PointSet,
    seed: u64,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<Option<payload::Column>, Error> {
    let classes = points.classes().len();
    let clusters = if classes > 1 { classes } else { USUAL_CLUSTERS }.min(points.rows());
    let _stage = lab.stage("k-means", 0);
    let mut missing = Vec::new();
    let mut found = None;
    let fitted = (|| {
        let means = KMeans::fit(points.table()?, KMeansSettings::new(clusters, seed))?;
        found = Some(payload::Column::Category {
            name: "cluster".into(),
            about: format!("Clusters of the codes by k-means, k = {clusters}."),
            values: page.blobs.categories(Part::Columns, &means.clusters),
            names: (1..=clusters).map(|cluster| format!("cluster {cluster}")).collect(),
        });
        Ok(())
    })();
    note_if_unsuited(fitted, "Clusters are", &mut missing)?;
    missing.into_iter().for_each(|sentence| page.leave_out(format!("{sentence}.")));
    Ok(found)
}

/// Whether the class of most of a code's nearest neighbours among the training images' codes is its own; `None` where
/// classes are not known.
pub fn classified(
    points: &PointSet,
    train: &PointSet,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<Option<payload::Column>, Error> {
    let (Some(known), Some(labels)) = (points.names.known(), &points.names.labels) else { return Ok(None) };
    let Some(train) = train.of_known_class() else { return Ok(None) };
    let Some(labelled) = train.labelled()?.filter(|train| train.classes().len() > 1) else { return Ok(None) };
    if train.rows() < NEIGHBOURS {
        return Ok(None);
    }
    let _stage = lab.stage("nearest neighbours", 0);
    let found = knn_classes(labelled, points.table()?, NEIGHBOURS)?;
    let verdict = |((found, label), is_known): ((&u32, &u32), &bool)| match (is_known, found == label) {
        (false, _) => 2,
        (true, true) => 0,
        (true, false) => 1,
    };
    let values: Vec<u32> = found.iter().zip(labels).zip(&known).map(verdict).collect();
    let mut names = vec!["right".to_owned(), "wrong".to_owned()];
    if known.contains(&false) {
        names.push("class unknown".into());
    }
    Ok(Some(payload::Column::Category {
        name: "nearest neighbours' class".into(),
        about: format!(
            "Whether most of the {NEIGHBOURS} nearest codes of training images are of the point's class."
        ),
        values: page.blobs.categories(Part::Columns, &values),
        names,
    }))
}
