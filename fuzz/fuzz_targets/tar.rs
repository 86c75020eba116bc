//! `.tar` archives of images: their headers alone, and with the images.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = hostile::file("x.tar", bytes);
    let _ = data::survey(&path, None, false);
    if let Ok(splits) = hostile::open(&path) {
        let all = splits.train.whole();
        assert!((0..all.len()).all(|i| all.file_name(i).is_some_and(|name| name.starts_with("x.tar/"))));
    }
});
