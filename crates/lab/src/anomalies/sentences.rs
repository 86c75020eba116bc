//! What was found, in words.

use analysis::ThresholdMethod;

use super::{Anomalies, Verdict};
use crate::numbers::{count, grouped, percent, size, value};

impl Anomalies {
    /// How many images are flagged and by what, then how right that is where it is known: a sentence each, without a full
    /// stop. None without a threshold.
    pub fn sentences(&self) -> Vec<String> {
        let Some(verdict) = &self.verdict else { return Vec::new() };
        let mut sentences = vec![self.flagged_in_words(verdict)];
        if let Some([precision, recall, f1]) = self.precision_recall_f1() {
            sentences.push(format!("precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}"));
        }
        if let Some((judged, masks)) = &self.localisation {
            sentences.push(format!(
                "where: pixel AUROC {:.4}, per-region overlap {:.4} ({} of {})",
                judged.pixel_auroc,
                judged.pro,
                count(judged.regions, "region"),
                count(*masks, "mask"),
            ));
        }
        sentences
    }

    fn flagged_in_words(&self, verdict: &Verdict) -> String {
        let threshold = &verdict.threshold;
        let how = match threshold.method {
            ThresholdMethod::Quantile => "",
            ThresholdMethod::Tail { .. } => ", extrapolated by a generalised Pareto tail",
        };
        format!(
            "{} of {} flagged: {} above {} ({} of {} normal validation images may lie above{how})",
            grouped(verdict.count()),
            size(&self.images.set),
            self.score.name(),
            value(threshold.score),
            percent(threshold.false_positives),
            grouped(threshold.samples),
        )
    }
}
