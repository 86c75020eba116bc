//! IDX files, gzipped or not: images, and labels beside one good image file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((labels, bytes)) = bytes.split_first() else { return };
    let good = [0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    if labels % 2 == 0 {
        hostile::file("train-images-idx3-ubyte", bytes);
        hostile::file(
            "train-labels-idx1-ubyte",
            &[0, 0, 8, 1, 0, 0, 0, 12, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
        );
    } else {
        hostile::file("train-images-idx3-ubyte", &good);
        hostile::file("train-labels-idx1-ubyte", bytes);
    }
    let _ = hostile::open(&hostile::folder());
});
