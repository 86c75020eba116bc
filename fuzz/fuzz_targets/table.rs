//! Points in files of text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.csv", bytes);
    if let Ok(points) = data::load_points(&path, &data::TableOptions::default()) {
        assert_eq!(points.rows() * points.columns, points.values.len());
        assert!(points.values.iter().all(|value| value.is_finite()));
        if let Some(labels) = points.labels {
            assert_eq!(labels.rows.len(), points.values.len() / points.columns);
            assert!(labels.rows.iter().all(|label| (*label as usize) < labels.classes.len()));
        }
    }
});
