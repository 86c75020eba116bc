//! PNG and JPEG images: their headers alone, and with their pixels.
#![no_main]

use data::{DataDirs, Fit, ImageShape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.png", bytes);
    let _ = data::survey(&hostile::folder());
    for (fit, channels) in [(Fit::Crop, 1), (Fit::Pad, 3)] {
        if let Ok((set, names)) =
            data::load_pictures(&path, ImageShape::new(8, 6, channels), fit, &DataDirs::default())
        {
            assert_eq!((set.len(), names.len()), (1, 1));
        }
    }
});
