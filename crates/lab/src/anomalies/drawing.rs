//! Figures of scores.

use analysis::{Detection, RocPoint};
use report::{Figure, RocCurve, RocCurves, ScoreGroup, ScoreHistogram};

use super::heat_maps::pairs;
use super::{Anomalies, AnomalousClasses, HeatMaps, Score, Verdict};
use crate::error::Error;
use crate::figures::rows;
use crate::numbers::{percent, value};
use crate::row_names::ending;
use crate::runs::Run;

/// Images that are drawn on each side of the threshold.
const BORDERLINE: usize = 5;

impl Anomalies {
    /// What was found as figures, each with its name: `anomalies`, the strangest images over their reconstructions and heat
    /// maps; `borderline`, those next to the threshold; `scores`, how all lie about it, beside normal ones; `roc`, how well
    /// what is known to be anomalous is found. What does not apply is left out: rows of a table are no pictures.
    ///
    /// # Errors
    /// If a figure cannot be drawn.
    pub fn figures(&self, run: &mut Run) -> Result<Vec<(&'static str, Figure)>, Error> {
        let of_pictures = run.columns().is_none();
        let mut figures = Vec::new();
        if of_pictures {
            let title = format!("Strangest images by {}", self.score.name());
            figures.push(("anomalies", self.some(run, &self.strangest, &title)?));
        }
        if let Some(verdict) = &self.verdict {
            let borderline = self.borderline(verdict);
            if of_pictures && borderline.iter().any(|index| !self.strangest.contains(index)) {
                let threshold = value(verdict.threshold.score);
                let title =
                    format!("Borderline images: flagged where the {} exceeds {threshold}", self.score.name());
                figures.push(("borderline", self.some(run, &borderline, &title)?));
            }
            figures.push(("scores", self.histogram(verdict)?));
        }
        if let Some(known) = &self.known {
            figures.push(("roc", roc(known, &self.detections)?));
        }
        Ok(figures)
    }

    /// Positions of the images next to the threshold, a few on each side, the strangest first.
    fn borderline(&self, verdict: &Verdict) -> Vec<usize> {
        let ranking = self.ranking();
        let mut order: Vec<usize> = (0..ranking.len()).collect();
        order.sort_by(|a, b| ranking[*b].total_cmp(&ranking[*a]).then(a.cmp(b)));
        let first_below = verdict.count();
        let nearest = first_below.saturating_sub(BORDERLINE)..(first_below + BORDERLINE).min(order.len());
        order[nearest].to_vec()
    }

    /// Some images over their reconstructions and where they are strange, with their scores.
    fn some(&self, run: &mut Run, shown: &[usize], title: &str) -> Result<Figure, Error> {
        // Noise and binarisation are functions of an image's position in the whole set.
        let made = run.reconstruct_at(&self.images.source(), shown);
        let caption = |index: &usize| match &self.verdict {
            Some(verdict) if verdict.flagged[*index] => {
                format!("{} · flagged", value(self.ranking()[*index]))
            }
            _ => value(self.ranking()[*index]),
        };
        let set = &self.images.set;
        let name = |index: &usize| match (set.file_name(*index), set.class(*index)) {
            (Some(file), _) => ending(file),
            (None, Some(class)) => format!("#{index} · {class}"),
            (None, None) => format!("#{index}"),
        };
        let titles: Vec<String> = shown.iter().map(name).collect();
        let over = self
            .normal_pixels
            .as_ref()
            .map(|(normal, hottest)| HeatMaps::of_pairs(&pairs(&made), normal).over(&made.targets, *hottest));
        rows::strangest(&made, &titles, shown.iter().map(caption).collect(), over.as_ref(), title)
    }

    /// How the scores of normal images, and of those that were scored, lie about the threshold.
    fn histogram(&self, verdict: &Verdict) -> Result<Figure, Error> {
        let scored = self.ranking();
        let parted = |known: &AnomalousClasses, anomalous: bool| -> Vec<f64> {
            let of_kind = scored.iter().zip(&known.marks).filter(|(_, mark)| **mark == anomalous);
            of_kind.map(|(score, _)| *score).collect()
        };
        let parts = self.known.as_ref().map(|known| [parted(known, false), parted(known, true)]);
        let mut groups = vec![ScoreGroup { name: "normal, held out", scores: &verdict.normal }];
        match &parts {
            Some([normal, anomalous]) => groups.extend([
                ScoreGroup { name: "normal, scored", scores: normal },
                ScoreGroup { name: "anomalous", scores: anomalous },
            ]),
            None => groups.push(ScoreGroup { name: "scored", scores: scored }),
        }
        let threshold = &verdict.threshold;
        let line =
            format!("threshold: {} of normal images may lie above", percent(threshold.false_positives));
        let histogram = ScoreHistogram {
            threshold: Some((threshold.score, &line)),
            ..ScoreHistogram::new(&groups, self.score.name())
        };
        Ok(histogram.draw()?)
    }
}

/// How well scores find what is known to be anomalous.
fn roc(known: &AnomalousClasses, found: &[(Score, Detection)]) -> Result<Figure, Error> {
    let point = |point: &RocPoint| [point.false_positive_rate, point.true_positive_rate];
    let points: Vec<Vec<[f64; 2]>> =
        found.iter().map(|(_, detection)| detection.curve.iter().map(point).collect()).collect();
    let curves: Vec<RocCurve> = found
        .iter()
        .zip(&points)
        .map(|((score, detection), points)| RocCurve { name: score.name(), points, auroc: detection.auroc })
        .collect();
    let title = format!("Finding images of class {}", known.names.join(", "));
    Ok(RocCurves { title: Some(&title), ..RocCurves::new(&curves) }.draw()?)
}
