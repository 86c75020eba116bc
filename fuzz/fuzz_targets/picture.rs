//! Images of all formats: their headers alone, and with their pixels.
#![no_main]

use data::{DataDirs, Fit, ImageShape, PictureOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.png", bytes);
    let _ = data::survey(&hostile::folder(), None, false);
    for (fit, channels) in [(Fit::Crop, 1), (Fit::Pad, 3)] {
        let options = PictureOptions { fit, ..PictureOptions::new(ImageShape::new(8, 6, channels)) };
        if let Ok(set) = data::load_pictures(&path, &options, &DataDirs::default()) {
            assert!(set.file_name(0).is_some());
        }
    }
});
