//! Heat maps against NumPy and SciPy (`scripts/normal_pixels_cases.py`).

use analysis::{Alignment, AnomalyError, NormalPixels, PicturePair};
use serde::Deserialize;

type Pictures = Vec<Vec<f32>>;

#[derive(Deserialize)]
struct Case {
    aligned: bool,
    shape: [usize; 3],
    normal: [Pictures; 2],
    tested: [Pictures; 2],
    maps: Vec<Vec<f32>>,
    peaks: Vec<f64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("normal_pixels.json")).unwrap()
}

fn pairs([pictures, reconstructions]: &[Pictures; 2]) -> Vec<PicturePair<'_>> {
    let pair = |(picture, reconstruction)| PicturePair { picture, reconstruction };
    pictures.iter().map(Vec::as_slice).zip(reconstructions.iter().map(Vec::as_slice)).map(pair).collect()
}

fn alignment(case: &Case) -> Alignment {
    if case.aligned { Alignment::Aligned } else { Alignment::Anywhere }
}

#[test]
fn heat_is_what_scipy_finds() {
    for case in cases() {
        let normal = pairs(&case.normal);
        // In two batches: how they come does not matter.
        let found = NormalPixels::of(case.shape, alignment(&case), normal.len(), |see| {
            see(&normal[..4]);
            see(&normal[4..]);
        })
        .unwrap();
        let near = |found: f64, expected: f64| (found - expected).abs() < 2e-3 * expected.abs().max(1.0);
        for (found, expected) in found.peaks.iter().zip(&case.peaks) {
            assert!(near(*found, *expected), "peak {found}, not {expected}");
        }
        for (pair, expected) in pairs(&case.tested).into_iter().zip(&case.maps) {
            let map = found.pixels.heat(pair, case.shape[0], case.shape[1]);
            for (pixel, (found, expected)) in map.iter().zip(expected).enumerate() {
                assert!(near(f64::from(*found), f64::from(*expected)), "{pixel}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn statistics_come_back_from_their_parts_and_damaged_ones_do_not() {
    let case = &cases()[0];
    let normal = pairs(&case.normal);
    let found =
        NormalPixels::of(case.shape, alignment(case), normal.len(), |see| see(&normal)).unwrap().pixels;
    let part = |name: &str| {
        found.parts().into_iter().find(|(other, _)| *other == name).map(|(_, values)| values.to_vec())
    };
    assert_eq!(NormalPixels::from_parts(case.shape, part), Some(found.clone()));
    let [height, width, channels] = case.shape;
    assert_eq!(NormalPixels::from_parts([height + 1, width, channels], part), None);
    assert_eq!(NormalPixels::from_parts([height, width, 3], part), None);
    for damaged in ["mean", "whitening", "distance", "spread"] {
        let missing = |name: &str| (name != damaged).then(|| part(name)).flatten();
        assert_eq!(NormalPixels::from_parts(case.shape, missing), None, "without {damaged}");
        let broken = |name: &str| {
            let mut values = part(name)?;
            if name == damaged {
                values[0] = f32::NAN;
            }
            Some(values)
        };
        assert_eq!(NormalPixels::from_parts(case.shape, broken), None, "{damaged} that is no number");
    }
}

#[test]
fn one_picture_says_nothing_of_how_pictures_vary() {
    let case = &cases()[0];
    let refused = NormalPixels::of(case.shape, Alignment::Aligned, 1, |_| unreachable!("nothing is read"));
    assert_eq!(refused.err(), Some(AnomalyError::FewNormal { samples: 1, least: 2 }));
}
