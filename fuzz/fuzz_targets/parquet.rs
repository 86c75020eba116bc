//! `.parquet` files, as images and as points.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.parquet", bytes);
    let _ = hostile::open(&path);
    if let Ok(points) = data::load_points(&path, &data::TableOptions::default()) {
        assert_eq!(points.rows() * points.columns, points.values.len());
        assert!(points.values.iter().all(|value| value.is_finite()));
    }
});
