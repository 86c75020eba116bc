//! `.npz` files, as images and as points.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.npz", bytes);
    let _ = hostile::open(&path);
    if let Ok(points) = data::load_points(&path) {
        assert_eq!(points.rows() * points.columns, points.values.len());
    }
});
