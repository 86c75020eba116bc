//! Measures of heat maps against scikit-learn's and scipy's on stored cases (`scripts/localisation_cases.py`).

use analysis::{AnomalyError, ThresholdMethod, localisation, threshold};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    maps: Vec<Maps>,
    tails: Vec<Tail>,
}

#[derive(Deserialize)]
struct Maps {
    shape: [usize; 3],
    maps: Vec<f32>,
    masks: Vec<u8>,
    pixel_auroc: f64,
    pro: f64,
    regions: usize,
}

#[derive(Deserialize)]
struct Tail {
    shape: f64,
    scores: Vec<f64>,
    p: f64,
    #[serde(rename = "true")]
    quantile: f64,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("localisation.json")).unwrap()
}

#[test]
fn maps_are_judged_as_others_judge_them() {
    for case in cases().maps {
        let masks: Vec<bool> = case.masks.iter().map(|mark| *mark == 1).collect();
        let found = localisation(&case.maps, &masks, case.shape).unwrap();
        let what = format!("{:?}: {found:?}", case.shape);
        assert!((found.pixel_auroc - case.pixel_auroc).abs() < 1e-12, "{what}, {}", case.pixel_auroc);
        assert!((found.pro - case.pro).abs() < 1e-12, "{what}, {}", case.pro);
        assert_eq!(found.regions, case.regions, "{what}");
    }
}

#[test]
fn maps_that_cannot_be_judged_are_refused() {
    let judge = |maps: &[f32], masks: &[bool]| localisation(maps, masks, [1, 1, 2]).unwrap_err();
    assert_eq!(judge(&[0.0, 1.0], &[true; 3]), AnomalyError::Length { scores: 2, marks: 3 });
    assert_eq!(judge(&[0.0, 1.0], &[true; 2]), AnomalyError::OneKind { anomalous: 2, samples: 2 });
    assert!(matches!(judge(&[0.0, f32::NAN], &[true, false]), AnomalyError::NotFinite { index: 1, .. }));
}

#[test]
fn tails_are_extrapolated_near_to_the_true_quantile() {
    for Tail { shape, scores, p, quantile } in cases().tails {
        let found = threshold(&scores, p).unwrap();
        assert!(matches!(found.method, ThresholdMethod::Tail { .. }), "{found:?}");
        // 40 scores: a quantile of 1 in 200 is met within a tenth.
        assert!((found.score / quantile - 1.0).abs() < 0.1, "ξ = {shape}: {found:?}, {quantile}");
    }
}
