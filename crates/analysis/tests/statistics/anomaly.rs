use analysis::{AnomalyError, detection, most_anomalous};
use serde::Deserialize;

use super::{all_close, cases, close};

#[derive(Deserialize)]
struct Case {
    scores: Vec<f64>,
    anomalous: Vec<bool>,
    auroc: f64,
    average_precision: f64,
    thresholds: Vec<f64>,
    false_positive_rates: Vec<f64>,
    true_positive_rates: Vec<f64>,
}

#[test]
fn detection_equals_scikit_learn() {
    for case in cases::<Case>("anomaly") {
        let found = detection(&case.scores, &case.anomalous).unwrap();
        close(found.auroc, case.auroc, "AUROC");
        close(found.average_precision, case.average_precision, "average precision");
        let column = |of: fn(&analysis::RocPoint) -> f64| found.curve.iter().map(of).collect::<Vec<_>>();
        all_close(&column(|p| p.threshold)[1..], &case.thresholds, "thresholds");
        all_close(&column(|p| p.false_positive_rate), &case.false_positive_rates, "false positives");
        all_close(&column(|p| p.true_positive_rate), &case.true_positive_rates, "true positives");
    }
}

#[test]
fn reversed_scores_reverse_the_area() {
    let case = &cases::<Case>("anomaly")[3];
    let reversed: Vec<f64> = case.scores.iter().map(|score| -score).collect();
    let area = detection(&reversed, &case.anomalous).unwrap().auroc;
    assert!((area + case.auroc - 1.0).abs() < 1e-12);
}

#[test]
fn scores_that_cannot_be_judged_are_refused() {
    let error = |scores: &[f64], marks: &[bool]| detection(scores, marks).unwrap_err();
    assert_eq!(error(&[1.0], &[true, false]), AnomalyError::Length { scores: 1, marks: 2 });
    assert_eq!(error(&[], &[]), AnomalyError::OneKind { anomalous: 0, samples: 0 });
    assert_eq!(error(&[1.0; 2], &[true; 2]), AnomalyError::OneKind { anomalous: 2, samples: 2 });
    assert_eq!(error(&[1.0; 2], &[false; 2]), AnomalyError::OneKind { anomalous: 0, samples: 2 });
    let value = f64::NEG_INFINITY;
    assert_eq!(error(&[1.0, value], &[true, false]), AnomalyError::NotFinite { index: 1, value });
    assert!(most_anomalous(&[f64::NAN], 1).is_err());
}

#[test]
fn the_most_anomalous_come_first_and_ties_in_order() {
    assert_eq!(most_anomalous(&[0.0, 1.0, -0.0, 3.0, 1.0], 9).unwrap(), [3, 1, 4, 0, 2]);
    assert_eq!(most_anomalous(&[], 3).unwrap(), [0usize; 0]);
}
