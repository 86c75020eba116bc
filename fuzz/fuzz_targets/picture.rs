//! PNG and JPEG images: their headers alone, and with their pixels.
#![no_main]

use data::{Fit, ImageShape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.png", bytes);
    let _ = data::survey(&hostile::folder());
    for (fit, channels) in [(Fit::Crop, 1), (Fit::Pad, 3)] {
        if let Ok(pictures) = data::load_pictures(&path, ImageShape::new(8, 6, channels), fit) {
            assert_eq!(pictures.pixels.len(), 48 * channels);
        }
    }
});
