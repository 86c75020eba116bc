//! Figures of scores.

use std::path::PathBuf;

use analysis::{Detection, Threshold};
use report::{RocCurve, RocCurves, ScoreGroup, ScoreHistogram};

use super::classes::AnomalousClasses;
use super::heat_maps::Heat;
use super::scores::Score;
use crate::error::Error;
use crate::figure_files::{figure_name, write_in_run};
use crate::figures::rows;
use crate::numbers::{percent, value};
use crate::row_names::ending;
use crate::runs::{ImageSelection, Run};

/// The strangest images over their reconstructions, and where they are strange.
pub fn strangest(
    run: &mut Run,
    images: &ImageSelection,
    strangest: &[usize],
    scores: &[f64],
    score: Score,
    heat: Option<&Heat>,
    are_own: bool,
) -> Result<Vec<PathBuf>, Error> {
    // Noise and binarisation are functions of an image's position in the whole set.
    let made = run.reconstruct_at(&images.source(), strangest);
    let captions: Vec<String> = strangest.iter().map(|index| value(scores[*index])).collect();
    let titles: Vec<String> = strangest
        .iter()
        .map(|index| match (images.set.file_name(*index), images.set.class(*index)) {
            (Some(file), _) => ending(file),
            (None, Some(class)) => format!("#{index} · {class}"),
            (None, None) => format!("#{index}"),
        })
        .collect();
    let title = format!("Strangest images by {}", score.name());
    let over = heat.map(|heat| heat.some_over(&made.targets, strangest));
    let figure = rows::strangest(&made, &titles, captions, over.as_ref(), &title)?;
    let name = figure_name("anomalies", are_own);
    write_in_run(&run.dir, &name, &figure)
}

/// How well scores find what is known to be anomalous.
pub fn roc(
    run: &Run,
    names: &[String],
    found: &[(Score, Detection)],
    are_own: bool,
) -> Result<Vec<PathBuf>, Error> {
    let points: Vec<Vec<[f64; 2]>> = found
        .iter()
        .map(|(_, detection)| {
            let point = |point: &analysis::RocPoint| [point.false_positive_rate, point.true_positive_rate];
            detection.curve.iter().map(point).collect()
        })
        .collect();
    let curves: Vec<RocCurve> = found
        .iter()
        .zip(&points)
        .map(|((score, detection), points)| RocCurve { name: score.name(), points, auroc: detection.auroc })
        .collect();
    let title = format!("Finding images of class {}", names.join(", "));
    let figure = RocCurves { title: Some(&title), ..RocCurves::new(&curves) }.draw()?;
    write_in_run(&run.dir, &figure_name("roc", are_own), &figure)
}

/// How the scores of normal images, and of those that were scored, lie about the threshold.
pub fn histogram(
    run: &Run,
    score: Score,
    normal: &[f64],
    scored: &[f64],
    known: Option<&AnomalousClasses>,
    threshold: &Threshold,
    are_own: bool,
) -> Result<Vec<PathBuf>, Error> {
    let parted: [Vec<f64>; 2] = [false, true].map(|anomalous| match known {
        Some(known) => scored
            .iter()
            .zip(&known.marks)
            .filter(|(_, mark)| **mark == anomalous)
            .map(|(score, _)| *score)
            .collect(),
        None => Vec::new(),
    });
    let mut groups = vec![ScoreGroup { name: "normal, held out", scores: normal }];
    match known {
        Some(_) => groups.extend([
            ScoreGroup { name: "normal, scored", scores: &parted[0] },
            ScoreGroup { name: "anomalous", scores: &parted[1] },
        ]),
        None => groups.push(ScoreGroup { name: "scored", scores: scored }),
    }
    let line = format!("threshold: {} of normal images may lie above", percent(threshold.false_positives));
    let figure = ScoreHistogram {
        threshold: Some((threshold.score, &line)),
        ..ScoreHistogram::new(&groups, score.name())
    };
    write_in_run(&run.dir, &figure_name("scores", are_own), &figure.draw()?)
}
