//! Points in `.csv` files.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(points) = data::load_points(&hostile::file("x.csv", bytes)) {
        assert_eq!(points.rows() * points.columns, points.values.len());
        assert!(points.values.iter().all(|value| value.is_finite()));
        if let Some(labels) = points.labels {
            assert!(labels.iter().all(|label| (*label as usize) < points.classes.len()));
        }
    }
});
